//! The first checks of every request: the length of its address, repeated parameters, surplus slashes; and the headers
//! of its response.
//!
//! Always: the address is looked at before anything is made of it. A parameter that comes twice is refused, because two
//! programs on the way would take different ones for the right one. Names of headers go out with capitals, which
//! HTTP does not ask for, but programs do that look them up in a table of their own.

use std::collections::HashSet;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::uri::{PathAndQuery, Uri};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::problems::{self, GRAPHQL};
use crate::state::ApiState;

/// The maximum number of bytes of an address. A whole operation may stand in one of GraphQL's.
const MAX_ADDRESS: usize = 8 * 1024;
const MAX_GRAPHQL_ADDRESS: usize = 32 * 1024;

/// Whatever a mail program adds to such an address, it counts.
const UNSUBSCRIBE: &str = "/unsubscribe/";

/// Refuses what cannot be meant, and hands on the rest.
pub(crate) async fn admit(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> actix_web::Result<ServiceResponse<BoxBody>> {
    forgive_slash(&mut request);
    let response = match problem(&request) {
        Some((status, message)) => refuse(request, status, &message),
        None => problems::fill(next.call(request).await?),
    };
    Ok(spelled(response))
}

fn problem(request: &ServiceRequest) -> Option<(StatusCode, String)> {
    let is_graphql = request.path() == GRAPHQL;
    let limit = if is_graphql { MAX_GRAPHQL_ADDRESS } else { MAX_ADDRESS };
    let length = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if length > limit {
        let hint = if is_graphql { " Send the operation by POST." } else { "" };
        return Some((
            StatusCode::URI_TOO_LONG,
            format!("An address can have at most {limit} bytes here.{hint}"),
        ));
    }
    // GraphQL looks at its own parameters.
    if is_graphql || request.path().starts_with(UNSUBSCRIBE) {
        return None;
    }
    let name = repeated(request.query_string())?;
    Some((StatusCode::BAD_REQUEST, comes_twice(&name)))
}

/// The first name that comes twice in a query string.
pub(crate) fn repeated(query_string: &str) -> Option<String> {
    let mut names = HashSet::new();
    let parameters = url::form_urlencoded::parse(query_string.as_bytes());
    parameters.map(|(name, _)| name.into_owned()).find(|name| !names.insert(name.clone()))
}

/// The error for a repeated parameter.
pub(crate) fn comes_twice(name: &str) -> String {
    let name: String = name.chars().take(60).collect();
    format!("The parameter {name:?} appears more than once. Send it once.")
}

fn refuse(request: ServiceRequest, status: StatusCode, message: &str) -> ServiceResponse<BoxBody> {
    let response = match request.app_data::<Data<ApiState>>() {
        Some(state) => problems::answer(state, request.path(), request.headers(), status, message),
        None => actix_web::HttpResponse::new(status),
    };
    request.into_response(response)
}

/// An address with one slash at its end is taken for the one without.
fn forgive_slash(request: &mut ServiceRequest) {
    let path = request.uri().path();
    let Some(path) = path.strip_suffix('/').filter(|path| !path.is_empty() && !path.ends_with('/')) else {
        return;
    };
    let address = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let Ok(address) = address.parse::<PathAndQuery>() else { return };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(address);
    // The path was one before, and is one now.
    let Ok(uri) = Uri::from_parts(parts) else { return };
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}

/// `Content-Type` and not `content-type`. The subprotocol of a WebSocket is the one name whose capitals stand
/// elsewhere (RFC 6455 section 11.3.4), and that programs insist on; a name cannot be spelled like that here, but a
/// reason phrase is written as it is.
fn spelled(mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    const REASON: &str = "Switching Protocols\r\nSec-WebSocket-Protocol: graphql-transport-ws";
    let is_ours = response
        .headers()
        .get(header::SEC_WEBSOCKET_PROTOCOL)
        .is_some_and(|protocol| protocol == graphql_server::transport::ws::PROTOCOL);
    let head = response.response_mut().head_mut();
    head.set_camel_case_headers(true);
    if is_ours && head.status == StatusCode::SWITCHING_PROTOCOLS {
        head.headers_mut().remove(header::SEC_WEBSOCKET_PROTOCOL);
        head.reason = Some(REASON);
    }
    response
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn one_trailing_slash_is_removed() {
        for (asked, taken) in [
            ("/graphql/", "/graphql"),
            ("/date/2026-01-06/?x=1/", "/date/2026-01-06?x=1/"),
            ("/", "/"),
            ("//", "//"),
            ("/graphql//", "/graphql//"),
            ("/graphql", "/graphql"),
            ("/papers/a%2Fb/", "/papers/a%2Fb"),
        ] {
            let mut request = TestRequest::with_uri(asked).to_srv_request();
            forgive_slash(&mut request);
            assert_eq!(request.uri().to_string(), taken, "{asked}");
            assert_eq!(request.path(), taken.split('?').next().unwrap(), "{asked}");
        }
    }

    #[test]
    fn duplicate_parameters_are_found() {
        for (query_string, found) in [
            ("", None),
            ("a=1&b=1", None),
            ("a=1&b=2&a=1", Some("a")),
            ("a&a", Some("a")),
            ("%61=1&a=2", Some("a")),
            ("A=1&a=2", None),
        ] {
            assert_eq!(repeated(query_string).as_deref(), found, "{query_string}");
        }
    }
}
