//! The body of a request: at most so many bytes, within a time.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Payload};
use tokio::time::timeout;

/// Bytes of a body.
pub(super) const MAX_BODY: usize = 100_000;

/// The time that a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a body.
///
/// # Errors
/// The status and a sentence for the client: 413 if it is longer, 408 if it takes too long, 400 if it ends early.
pub(super) async fn read(payload: Payload) -> Result<Bytes, (StatusCode, String)> {
    match timeout(BODY_TIMEOUT, payload.to_bytes_limited(MAX_BODY)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(_))) => Err((StatusCode::BAD_REQUEST, "The request body ended early.".to_owned())),
        Ok(Err(_)) => {
            Err((StatusCode::PAYLOAD_TOO_LARGE, format!("A request body has at most {MAX_BODY} bytes.")))
        }
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "The request body took too long to arrive.".to_owned())),
    }
}
