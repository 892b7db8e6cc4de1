//! Reading the body of a request: so many octets, within so much time.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{BytesMut, Payload};
use futures::StreamExt as _;
use tokio::time::timeout;

/// How long a body may take to come.
const TIME: Duration = Duration::from_secs(10);

/// The body, of at most `limit` octets.
///
/// # Errors
/// 413 where it is longer, 408 where it takes too long to come, 400 where it breaks off.
pub(crate) async fn read(payload: Payload, limit: usize) -> Result<BytesMut, StatusCode> {
    timeout(TIME, gather(payload, limit)).await.unwrap_or(Err(StatusCode::REQUEST_TIMEOUT))
}

async fn gather(mut payload: Payload, limit: usize) -> Result<BytesMut, StatusCode> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| StatusCode::BAD_REQUEST)?;
        if body.len() + chunk.len() > limit {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
