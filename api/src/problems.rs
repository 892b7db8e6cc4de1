//! Error responses to requests without a handler: a page for browsers, JSON for programs, GraphQL errors at its
//! address.
//!
//! A handler that only says a status (405, or what actix makes of a path that cannot be read) leaves the rest to
//! [`fill`], so that nobody is left with an empty page. A page of ours that says no is made JSON if the client names
//! JSON and not HTML.

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody as _};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{StatusCode, header::ContentType};
use actix_web::web::Data;
use serde_json::json;

use crate::pages;
use crate::state::ApiState;
use graphql_server::ErrorCode;
use graphql_server::transport::http as graphql;

/// The address of GraphQL.
pub(crate) const GRAPHQL: &str = "/graphql";

/// The response format that a client prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ResponseFormat {
    Html,
    Json,
    Anything,
}

/// The format preferred by Accept; the first one if both have the same weight.
fn wanted(headers: &HeaderMap) -> ResponseFormat {
    let accepted = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    let mut best = (0.0, ResponseFormat::Anything);
    for range in accepted.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let kind = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "text/html" | "application/xhtml+xml" => ResponseFormat::Html,
            name if name == "application/json" || name.ends_with("+json") => ResponseFormat::Json,
            _ => continue,
        };
        let quality =
            parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
        if quality > best.0 {
            best = (quality, kind);
        }
    }
    best.1
}

/// An answer of this status, in the form that the client reads.
pub(crate) fn answer(
    state: &ApiState,
    path: &str,
    headers: &HeaderMap,
    status: StatusCode,
    message: &str,
) -> HttpResponse {
    if path == GRAPHQL {
        return graphql::refused(status, ErrorCode::BadRequest, message);
    }
    match wanted(headers) {
        ResponseFormat::Html => pages::problem(state, status, message),
        ResponseFormat::Json | ResponseFormat::Anything => json(status, message),
    }
}

fn json(status: StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({ "error": message }))
}

/// Says in words what an answer only says by its status.
pub(crate) fn fill(mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || !wants_words(&response) {
        return response;
    }
    let request = response.request().clone();
    let Some(state) = request.app_data::<Data<ApiState>>() else { return response };
    let filled = answer(state, request.path(), request.headers(), status, &in_words(status));
    let (head, body) = filled.into_parts();
    for (name, value) in head.headers() {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    let varied = HeaderValue::from_static("accept");
    response.headers_mut().append(header::VARY, varied);
    response.map_body(|_, _| body)
}

/// Whether the answer is empty, in words of the framework, or a page for a client that reads JSON.
fn wants_words(response: &ServiceResponse<BoxBody>) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_empty = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    let is = |name: &ContentType| media_type.is_some_and(|text| text.starts_with(name.essence_str()));
    let is_page = is(&ContentType::html());
    is_empty
        || media_type.is_none()
        || is(&ContentType::plaintext())
        || (is_page && wanted(response.request().headers()) == ResponseFormat::Json)
}

fn in_words(status: StatusCode) -> String {
    match status {
        StatusCode::BAD_REQUEST => "The request is not valid.",
        StatusCode::FORBIDDEN => "This is not allowed.",
        StatusCode::NOT_FOUND => "There is nothing at this address.",
        StatusCode::METHOD_NOT_ALLOWED => {
            "This address does not support this method. The Allow header lists those it supports."
        }
        StatusCode::GONE => "There is no longer anything at this address.",
        StatusCode::PAYLOAD_TOO_LARGE => "The body is too large.",
        StatusCode::URI_TOO_LONG => "The address is too long.",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "The media type of the body is not supported here.",
        StatusCode::TOO_MANY_REQUESTS => "Too many requests came from your network. Please try again later.",
        StatusCode::SERVICE_UNAVAILABLE => "The service is not available right now. Please try again later.",
        status => {
            let reason = status.canonical_reason().unwrap_or("An error");
            return format!("{reason}.");
        }
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn browsers_are_distinguished_from_programs() {
        for (accept, read) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ResponseFormat::Html),
            ("application/json", ResponseFormat::Json),
            ("application/json, text/html", ResponseFormat::Json),
            ("text/html;q=0.5, application/problem+json", ResponseFormat::Json),
            ("application/json;q=0, text/html;q=0.1", ResponseFormat::Html),
            ("*/*", ResponseFormat::Anything),
            ("image/png", ResponseFormat::Anything),
            ("", ResponseFormat::Anything),
        ] {
            let request = TestRequest::default().insert_header((header::ACCEPT, accept)).to_http_request();
            assert_eq!(wanted(request.headers()), read, "{accept}");
        }
    }
}
