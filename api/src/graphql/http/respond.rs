//! Answers: which status, which octets.
//!
//! async-graphql writes `"data": null` even where nothing was executed; the specification (section 7.1) wants
//! no entry then.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use async_graphql::{Response, ServerError, Value};
use serde::Serialize;

use crate::graphql::error::Code;

use super::accept::MediaType;

/// Errors in an answer; a document can be wrong in thousands of places.
const MAX_ERRORS: usize = 20;

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
}

/// The answer to a well-formed request.
pub(super) fn answer(media_type: MediaType, mut response: Response) -> HttpResponse {
    response.errors.truncate(MAX_ERRORS);
    for error in &mut response.errors {
        if error.extensions.as_ref().is_none_or(|extensions| extensions.get("code").is_none()) {
            // What async-graphql itself finds wrong is wrong with the request.
            error.extensions.get_or_insert_default().set("code", Code::BadRequest.as_str());
        }
    }
    // What was executed has data, or an error with the path of the field that brought it down.
    let was_executed =
        response.data != Value::Null || response.errors.iter().any(|error| !error.path.is_empty());
    let status = match media_type {
        MediaType::GraphqlResponse if !was_executed => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    write(status, media_type, was_executed.then_some(&response.data), &response.errors)
}

/// The answer to what is no request, or one that is not executed.
pub(super) fn refuse(status: StatusCode, media_type: MediaType, code: Code, message: &str) -> HttpResponse {
    let error = code.error(message).into_server_error(async_graphql::Pos::default());
    write(status, media_type, None, &[ServerError { locations: Vec::new(), ..error }])
}

fn write(
    status: StatusCode,
    media_type: MediaType,
    data: Option<&Value>,
    errors: &[ServerError],
) -> HttpResponse {
    match serde_json::to_vec(&Body { data, errors }) {
        Ok(body) => HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, media_type.content_type()))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(body),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
