//! Claiming due deliveries by lease.
//!
//! One conditional UPDATE … RETURNING; on Postgres over a selection that skips rows which another worker
//! is claiming. `attempt` rises with every claim and is the fencing token: whoever holds an older one
//! changes nothing any more.

use chrono::{DateTime, Utc};
use entity::delivery;
use sea_orm::{DatabaseTransaction, DbBackend, EntityTrait as _, Statement};

use crate::Result;

use super::Lane;

/// Claims at most `limit` due deliveries of a lane until `lease_until`, the longest waiting first.
pub(super) async fn claim(
    tx: &DatabaseTransaction,
    lane: Lane,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<delivery::Model>> {
    use sea_orm::ConnectionTrait as _;
    let backend = tx.get_database_backend();
    // Spelled out, because the partial indexes are found by their text.
    let kind = match lane {
        Lane::Digests => "kind = 'DIGEST' AND NOT EXISTS (SELECT 1 FROM sending WHERE paused_at IS NOT NULL)",
        Lane::Transactional => "kind <> 'DIGEST'",
    };
    let skip = if backend == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    // Materialized, so that the limit holds: a sub-query that is joined may be run again, and then finds others.
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT id FROM delivery WHERE {kind} AND next_attempt_at IS NOT NULL \
         AND next_attempt_at <= $1 ORDER BY next_attempt_at, id LIMIT $2 {skip}) \
         UPDATE delivery SET status = 'SENDING', attempt = attempt + 1, lease_until = $3, next_attempt_at = NULL \
         WHERE id IN (SELECT id FROM due) RETURNING *"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = [now.into(), limit.into(), lease_until.into()];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let mut claimed = delivery::Entity::find().from_raw_sql(statement).all(tx).await?;
    claimed.sort_by_key(|row| (row.due_at, row.id));
    Ok(claimed)
}
