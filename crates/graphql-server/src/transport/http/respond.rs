//! Answers over HTTP: which status, which bytes.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;

use crate::ErrorCode as Code;
use crate::transport::http::accept::MediaType;
use crate::transport::response::GraphqlResponse;

/// The answer to a well-formed request.
pub(crate) fn answer(media_type: MediaType, answer: &GraphqlResponse) -> HttpResponse {
    let status = match media_type {
        MediaType::GraphqlResponse if !answer.was_executed() => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    write(status, media_type, answer)
}

/// The answer to what is no request, or one that is not executed.
pub(crate) fn refuse(status: StatusCode, media_type: MediaType, code: Code, message: &str) -> HttpResponse {
    write(status, media_type, &GraphqlResponse::refusal(code, message))
}

/// An answer with a status of its own.
pub(crate) fn write(status: StatusCode, media_type: MediaType, answer: &GraphqlResponse) -> HttpResponse {
    match bytes(answer) {
        Some(bytes) => body(status, media_type, bytes),
        None => HttpResponse::InternalServerError().finish(),
    }
}

/// An answer in JSON.
pub(crate) fn bytes(answer: &GraphqlResponse) -> Option<Bytes> {
    let bytes = serde_json::to_vec(answer);
    bytes
        .map(Bytes::from)
        .inspect_err(|error| tracing::error!(%error, "a response could not be serialized"))
        .ok()
}

/// A response with this body.
pub(crate) fn body(status: StatusCode, media_type: MediaType, bytes: Bytes) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, media_type.content_type()))
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .body(bytes)
}

/// The answer to a client that has as many sockets and event streams open as it may.
pub(crate) fn too_many_streams() -> HttpResponse {
    let message =
        "Too many WebSockets and event streams are open from your network. Close one and try again.";
    refused(StatusCode::TOO_MANY_REQUESTS, Code::RateLimited, message)
}

/// What is refused before it is a request of GraphQL.
#[must_use]
pub fn refused(status: StatusCode, code: Code, message: &str) -> HttpResponse {
    refuse(status, MediaType::Json, code, message)
}
