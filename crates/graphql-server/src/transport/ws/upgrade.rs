//! Who may open a socket: anyone who speaks the subprotocol, with a token that is good or none, from no other
//! site's page, and has not too many open already.
//!
//! A browser opens a socket for any page without asking the service first; whose page it was is judged by
//! the host.

use actix_web::dev;
use actix_web::guard::GuardContext;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Payload};
use actix_web::{FromRequest as _, HttpRequest, HttpResponse};
use tracing::Instrument as _;

use crate::ErrorCode as Code;
use crate::bearer;
use crate::engine::Engine;
use crate::host::{Host, Unavailable};
use crate::transport::http;
use crate::transport::ws::PROTOCOL;
use crate::transport::ws::incoming::Incoming;
use crate::transport::ws::session::SocketSession;

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
/// If the request is not a handshake.
pub async fn upgrade<H: Host>(
    request: HttpRequest,
    payload: Payload,
    engine: Data<Engine<H>>,
) -> actix_web::Result<HttpResponse> {
    if let Err(message) = engine.host.check_origin(&request) {
        return Ok(http::refused(StatusCode::FORBIDDEN, Code::Forbidden, &message));
    }
    if !speaks_protocol(&request) {
        let message = format!("The subprotocol must be {PROTOCOL}.");
        return Ok(http::refused(StatusCode::BAD_REQUEST, Code::BadRequest, &message));
    }
    let client = engine.host.client_address(&request);
    let Some(open) = engine.host.open_stream(client) else { return Ok(http::too_many_streams()) };
    let caller = match engine.host.identify(bearer::token_of(&request)).await {
        Ok(Some(caller)) => caller,
        Ok(None) => {
            let message = "The token is not valid.";
            return Ok(http::refused(StatusCode::UNAUTHORIZED, Code::Unauthenticated, message));
        }
        Err(Unavailable) => {
            let message = "The service is not available right now.";
            return Ok(http::refused(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, message));
        }
    };
    // What comes in is read by `incoming`; actix-ws gets an empty body in its place.
    let nothing = Payload::from_request(&request, &mut dev::Payload::None).await?;
    let (response, socket, _) = actix_ws::handle_with_protocols(&request, nothing, &[PROTOCOL])?;
    actix_web::rt::spawn(
        SocketSession::new(engine, socket, caller, client, open)
            .run(Incoming::new(payload))
            .in_current_span(),
    );
    Ok(response)
}

fn speaks_protocol(request: &HttpRequest) -> bool {
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let mut offered = offered.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    offered.any(|protocol| protocol.trim() == PROTOCOL)
}
