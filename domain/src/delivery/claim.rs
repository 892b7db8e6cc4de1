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
    let mut which = Which { lane, now, lease_until, limit, domain: None, except: Vec::new() };
    let mut claimed = Vec::new();
    if let Some(all) = open.iter().find(|row| row.domain == circuit::ALL) {
        claimed.extend(probe_all(tx, &which, all, &open).await?);
    } else {
        for row in &open {
            claimed.extend(probe(tx, &which, row).await?);
        }
        which.except = domains(&open);
        claimed.extend(which.claim(tx).await?);
    }
    claimed.sort_by_key(|row| (row.due_at, row.id));
    Ok(claimed)
}

/// The digest that probes the circuit of a domain, where that is due and one waits.
async fn probe(
    tx: &DatabaseTransaction,
    which: &Which,
    row: &entity::circuit::Model,
) -> Result<Option<delivery::Model>> {
    if !circuit::take_turn(tx, row, which.now).await? {
        return Ok(None);
    }
    let probe = Which { limit: 1, domain: Some(row.domain.clone()), ..which.clone() };
    let found = probe.claim(tx).await?.pop();
    circuit::probe_with(tx, row, found.as_ref().map(|probe| probe.id)).await?;
    Ok(found)
}

/// The digest that probes the circuit of all, where that is due and one waits: one to a domain that has no open
/// circuit of its own. Where none waits, one that probes the circuit of its domain as well, or nothing that waits
/// could ever close the circuit of all. Domains take turns at that, because each refusal puts off its domain.
async fn probe_all(
    tx: &DatabaseTransaction,
    which: &Which,
    all: &entity::circuit::Model,
    open: &[entity::circuit::Model],
) -> Result<Option<delivery::Model>> {
    if !circuit::take_turn(tx, all, which.now).await? {
        return Ok(None);
    }
    let elsewhere = Which { limit: 1, except: domains(open), ..which.clone() };
    let mut found = elsewhere.claim(tx).await?.pop();
    let mut rest: Vec<_> = open.iter().filter(|row| row.domain != circuit::ALL).collect();
    rest.sort_by_key(|row| row.probe_at);
    let mut rest = rest.into_iter();
    while let (None, Some(row)) = (&found, rest.next()) {
        found = probe(tx, which, row).await?;
    }
    circuit::probe_with(tx, all, found.as_ref().map(|probe| probe.id)).await?;
    Ok(found)
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
