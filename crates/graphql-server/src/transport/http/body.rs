//! The body of a request: at most so many bytes, within a time.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Payload};
use tokio::time::timeout;

/// The time that a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a body could not be read, as it goes on after its name: "The form ended early".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is longer than its limit.
    #[error("is too large")]
    TooLarge,
    /// It did not arrive in time.
    #[error("took too long to arrive")]
    TooSlow,
    /// It ended early.
    #[error("ended early")]
    Incomplete,
}

impl BodyError {
    /// The status of the response.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Incomplete => StatusCode::BAD_REQUEST,
        }
    }
}

/// Reads a body of at most `limit` bytes, within ten seconds.
///
/// # Errors
/// Why it could not be read.
pub async fn read(payload: Payload, limit: usize) -> Result<Bytes, BodyError> {
    match timeout(BODY_TIMEOUT, payload.to_bytes_limited(limit)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(_))) => Err(BodyError::Incomplete),
        Ok(Err(_)) => Err(BodyError::TooLarge),
        Err(_) => Err(BodyError::TooSlow),
    }
}
