//! How the worker speaks with Redis: what carries wake-ups and what carries events wait and rest alike.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};

/// How long Redis may take to answer.
pub(crate) const RESPONSE: Duration = Duration::from_secs(5);

/// How long work that broke off rests before it is begun again, at first and at most.
pub(crate) const REST: Duration = Duration::from_millis(500);
pub(crate) const LONGEST_REST: Duration = Duration::from_secs(10);

/// A connection that mends itself. A server that is not there yet is no error.
///
/// # Errors
/// Where the client's settings are none.
pub(crate) fn connection(client: &redis::Client) -> Result<ConnectionManager, redis::RedisError> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(RESPONSE))
        .set_response_timeout(Some(RESPONSE))
        .set_number_of_retries(1)
        .set_max_delay(Duration::from_secs(1));
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}
