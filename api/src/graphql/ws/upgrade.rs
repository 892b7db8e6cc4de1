//! Who may open a socket: whoever speaks the subprotocol, with a token that is good or none, from no other
//! site's page, and has not too many open already.
//!
//! A browser opens a socket for any page without asking the service first, and says in Origin which page it
//! was. Programs say nothing there.

use actix_web::dev;
use actix_web::guard::GuardContext;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Payload};
use actix_web::{FromRequest as _, HttpRequest, HttpResponse};
use url::Url;

use crate::auth::{self, Caller};
use crate::graphql::error::Code;
use crate::graphql::http;
use crate::state::ApiState;

use super::PROTOCOL;
use super::incoming::Incoming;
use super::session::Session;

/// Whether a request asks for a WebSocket.
pub fn is_asked(context: &GuardContext<'_>) -> bool {
    let asked = context.head().headers().get(header::UPGRADE).and_then(|value| value.to_str().ok());
    asked.is_some_and(|protocols| {
        protocols.split(',').any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
    })
}

/// `GET /graphql` with `Upgrade: websocket`.
///
/// # Errors
/// Where the request is no handshake.
pub async fn upgrade(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> actix_web::Result<HttpResponse> {
    if !is_of_here(&request, &state.services.settings.base_url) {
        let message = "Pages of another site may not open a socket here.";
        return Ok(http::refused(StatusCode::FORBIDDEN, Code::Forbidden, message));
    }
    if !speaks_protocol(&request) {
        let message = format!("The subprotocol is {PROTOCOL}.");
        return Ok(http::refused(StatusCode::BAD_REQUEST, Code::BadRequest, &message));
    }
    let client = state.client_address(&request);
    let Some(open) = state.limits.open_stream(client) else { return Ok(http::too_many_streams()) };
    let caller = match Caller::identify(&state.services, auth::token_of(&request)).await {
        Ok(Some(caller)) => caller,
        Ok(None) => {
            let message = "The token is not valid.";
            return Ok(http::refused(StatusCode::UNAUTHORIZED, Code::Unauthenticated, message));
        }
        Err(error) => {
            tracing::error!(%error, "a token could not be looked up");
            let message = "The service is not available right now.";
            return Ok(http::refused(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, message));
        }
    };
    // What comes in is read by `incoming`; actix-ws gets an empty body in its place.
    let nothing = Payload::from_request(&request, &mut dev::Payload::None).await?;
    let (response, socket, _) = actix_ws::handle_with_protocols(&request, nothing, &[PROTOCOL])?;
    actix_web::rt::spawn(Session::new(state, socket, caller, client, open).run(Incoming::new(payload)));
    Ok(response)
}

fn speaks_protocol(request: &HttpRequest) -> bool {
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let mut offered = offered.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    offered.any(|protocol| protocol.trim() == PROTOCOL)
}

/// Whether the request comes from a program, or from a page of this service: of the address that it is known
/// by, or of the one that was asked.
fn is_of_here(request: &HttpRequest, base_url: &Url) -> bool {
    let headers = request.headers();
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some(origin) = origin.to_str().ok().and_then(|text| Url::parse(text).ok()) else { return false };
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asked = Url::parse(&format!("{}://{host}/", origin.scheme()));
    origin.origin() == base_url.origin()
        || (matches!(origin.scheme(), "http" | "https")
            && asked.is_ok_and(|asked| asked.origin() == origin.origin()))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn pages_of_other_sites_are_told_apart() {
        let base_url = Url::parse("https://papers.example.org/").unwrap();
        for (origin, is_allowed) in [
            (None, true),
            (Some("https://papers.example.org"), true),
            (Some("https://papers.example.org:443"), true),
            (Some("http://papers.example.org"), false),
            (Some("https://papers.example.org.evil.example"), false),
            (Some("http://inside:8080"), true),
            (Some("https://inside:8080"), true),
            (Some("http://inside"), false),
            (Some("https://evil.example"), false),
            (Some("file://inside:8080"), false),
            (Some("null"), false),
            (Some(""), false),
        ] {
            let mut request = TestRequest::default().insert_header((header::HOST, "inside:8080"));
            if let Some(origin) = origin {
                request = request.insert_header((header::ORIGIN, origin));
            }
            assert_eq!(is_of_here(&request.to_http_request(), &base_url), is_allowed, "{origin:?}");
        }
    }
}
