//! `POST /mail/bounces`: where a mail server hands in what came back, if it has no pipe to `daily-papers bounce`.
//!
//! The body is the message as it came, `message/rfc822`; `?recipient=` is the address that it came to. The token of
//! the setting `bounce_token` goes in Authorization (RFC 6750); without the setting there is no such address. 503 asks
//! for the message to be handed in again.

use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use domain::bounces::{self, MAX_MESSAGE, Taken};
use domain::entity::enums::BounceKind;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::body;
use crate::state::ApiState;

/// When to hand a message in again.
const LATER: Duration = Duration::from_mins(1);

/// What stands behind the question mark.
#[derive(Debug, Deserialize)]
pub struct Asked {
    /// The address that the message came to.
    recipient: Option<String>,
}

/// `POST /mail/bounces`.
pub async fn take(
    request: HttpRequest,
    state: Data<ApiState>,
    asked: Query<Asked>,
    payload: Payload,
) -> HttpResponse {
    let Some(token) = &state.bounce_token else {
        return answer(StatusCode::NOT_FOUND, json!({ "error": "bounce_token is not set" }));
    };
    if !token.is_of(&request) {
        let mut answer =
            answer(StatusCode::UNAUTHORIZED, json!({ "error": "the bearer token is missing or wrong" }));
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        return answer;
    }
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("message/rfc822") {
        let error = "a message is sent as message/rfc822";
        return answer(StatusCode::UNSUPPORTED_MEDIA_TYPE, json!({ "error": error }));
    }
    let message = match body::read(payload, MAX_MESSAGE).await {
        Ok(message) => message,
        Err(status) => {
            let error = match status {
                StatusCode::PAYLOAD_TOO_LARGE => "the message is larger than 1 MiB",
                StatusCode::REQUEST_TIMEOUT => "the message took too long to come",
                _ => "the message broke off",
            };
            return answer(status, json!({ "error": error }));
        }
    };
    match bounces::take(&state.services, asked.recipient.as_deref(), &message).await {
        Ok(Taken::NotYet | Taken::Busy) => again(),
        Ok(outcome) => answer(StatusCode::OK, told(outcome)),
        Err(error) => {
            tracing::error!(%error, "mail that came back could not be written down");
            again()
        }
    }
}

fn told(outcome: Taken) -> Value {
    match outcome {
        Taken::New { kind, is_marked } => json!({ "kind": name(kind), "marked": is_marked, "known": false }),
        Taken::Known | Taken::NotYet | Taken::Busy => json!({ "known": true }),
    }
}

/// The kind as it stands in the database.
fn name(kind: BounceKind) -> Value {
    serde_json::to_value(kind).unwrap_or_default()
}

fn again() -> HttpResponse {
    HttpResponse::ServiceUnavailable()
        .insert_header((header::RETRY_AFTER, LATER.as_secs()))
        .json(json!({ "error": "not now; hand the message in again" }))
}

fn answer(status: StatusCode, body: Value) -> HttpResponse {
    HttpResponse::build(status).json(body)
}
