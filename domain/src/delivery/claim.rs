//! Claiming due deliveries by lease.
//!
//! One conditional UPDATE … RETURNING; on Postgres over a selection that skips rows which another worker
//! is claiming. `attempt` rises with every claim and is the fencing token: whoever holds an older one
//! changes nothing any more.

use chrono::{DateTime, Utc};
use entity::delivery;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _, Statement, Value};

use crate::Result;

use super::{Lane, circuit};

/// Claims at most `limit` due deliveries of a lane until `lease_until`, the longest waiting first. Of digests whose
/// circuit is open it claims none but the one that probes it, where that is due.
pub(super) async fn claim(
    tx: &DatabaseTransaction,
    lane: Lane,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<delivery::Model>> {
    let open = match lane {
        Lane::Digests => circuit::open(tx).await?,
        Lane::Transactional => Vec::new(),
    };
    let is_all_open = open.iter().any(|row| row.domain == circuit::ALL);
    let mut which = Which { lane, now, lease_until, limit, domain: None, except: Vec::new() };
    let mut claimed = Vec::new();
    for row in open.iter().filter(|row| !is_all_open || row.domain == circuit::ALL) {
        if !circuit::take_turn(tx, row, now).await? {
            continue;
        }
        let is_all = row.domain == circuit::ALL;
        let probe = Which {
            limit: 1,
            domain: (!is_all).then(|| row.domain.clone()),
            except: if is_all { domains(&open) } else { Vec::new() },
            ..which.clone()
        };
        let found = probe.claim(tx).await?;
        circuit::probe_with(tx, row, found.first().map(|probe| probe.id)).await?;
        claimed.extend(found);
    }
    if !is_all_open {
        which.except = domains(&open);
        claimed.extend(which.claim(tx).await?);
    }
    claimed.sort_by_key(|row| (row.due_at, row.id));
    Ok(claimed)
}

fn domains(circuits: &[entity::circuit::Model]) -> Vec<String> {
    circuits.iter().map(|row| row.domain.clone()).collect()
}

/// Which due deliveries.
#[derive(Clone)]
struct Which {
    lane: Lane,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    limit: u64,
    /// Of this recipient domain only.
    domain: Option<String>,
    /// Of none of these.
    except: Vec<String>,
}

impl Which {
    async fn claim(&self, tx: &DatabaseTransaction) -> Result<Vec<delivery::Model>> {
        let backend = tx.get_database_backend();
        // Spelled out, because the partial indexes are found by their text.
        let kind = match self.lane {
            Lane::Digests => {
                "kind = 'DIGEST' AND NOT EXISTS (SELECT 1 FROM sending WHERE paused_at IS NOT NULL)"
            }
            Lane::Transactional => "kind <> 'DIGEST'",
        };
        let skip = if backend == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        let mut values: Vec<Value> = vec![self.now.into(), limit.into(), self.lease_until.into()];
        let mut place = |domain: &String| {
            values.push(domain.clone().into());
            format!("${}", values.len())
        };
        let only = self.domain.iter().map(&mut place).map(|place| format!("AND domain = {place}"));
        let only = only.collect::<String>();
        let except: Vec<String> = self.except.iter().map(&mut place).collect();
        let except = match except.len() {
            0 => String::new(),
            _ => format!("AND domain NOT IN ({})", except.join(", ")),
        };
        // Materialized, so that the limit holds: a sub-query that is joined may be run again, and then finds others.
        let sql = format!(
            "WITH due AS MATERIALIZED (SELECT id FROM delivery WHERE {kind} AND next_attempt_at IS NOT NULL \
             AND next_attempt_at <= $1 {only} {except} ORDER BY next_attempt_at, id LIMIT $2 {skip}) \
             UPDATE delivery SET status = 'SENDING', attempt = attempt + 1, lease_until = $3, \
             next_attempt_at = NULL WHERE id IN (SELECT id FROM due) RETURNING *"
        );
        let statement = Statement::from_sql_and_values(backend, sql, values);
        Ok(delivery::Entity::find().from_raw_sql(statement).all(tx).await?)
    }
}
