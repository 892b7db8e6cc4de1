//! Connections to Redis, with the timeouts and retry delays that wake-ups and live events share.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};

/// The time limit for a response of Redis.
pub(crate) const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The delay before work that broke off is started again, which doubles with each failure.
pub(crate) const RETRY_DELAY: Duration = Duration::from_millis(500);

/// The longest such delay.
pub(crate) const MAX_RETRY_DELAY: Duration = Duration::from_secs(10);

/// A connection that reconnects by itself. A server that is not available yet is not an error.
///
/// # Errors
/// If the client's settings are not valid.
pub(crate) fn connect(client: &redis::Client) -> Result<ConnectionManager, redis::RedisError> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(RESPONSE_TIMEOUT))
        .set_response_timeout(Some(RESPONSE_TIMEOUT))
        .set_number_of_retries(1)
        .set_max_delay(Duration::from_secs(1));
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}
