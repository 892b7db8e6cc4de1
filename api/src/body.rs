//! The body of a request: at most so many bytes, within a time.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Payload};
use tokio::time::timeout;

/// The time that a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The body, of at most `limit` bytes.
///
/// # Errors
/// 413 if it is longer, 408 if it takes too long to arrive, 400 if it ends early.
pub(crate) async fn read(payload: Payload, limit: usize) -> Result<Bytes, StatusCode> {
    match timeout(BODY_TIMEOUT, payload.to_bytes_limited(limit)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(_))) => Err(StatusCode::BAD_REQUEST),
        Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}
