//! Claiming due deliveries by lease, with the papers of those that are digests.
//!
//! One transaction: rows that are due are locked (on Postgres passing over those that another worker is claiming), the
//! papers are chosen, and one conditional UPDATE makes the claim. `attempt` rises with every claim and is the fencing
//! token: anyone who holds an older one changes nothing any more. A delivery has an entry in seven indices, and each
//! UPDATE that changes its state rewrites them; so the claim and the choice are one.

pub(crate) mod batches;
pub(crate) mod in_flight;
pub mod recover;

use chrono::{DateTime, TimeDelta, Utc};
use db::{PositionalRow as _, planner, update_from_values};
use entity::delivery;
use entity::enums::{DeliveryKind, DeliveryStatus};
use entity::json::PaperIds;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, IdenStatic as _, Order,
    QueryFilter as _, Value,
};

use crate::delivery::health::circuit_breaker;
use crate::digests::batch_data::BatchData;
use crate::digests::select::{self, SelectionCache};
use crate::feeds::clock;
use crate::outbox::Lane;
use crate::{Error, Result};

/// The delay of a delivery that this build cannot read.
const UNREADABLE_DELAY: TimeDelta = TimeDelta::hours(1);

/// A claim that is asked for.
#[derive(Clone, Copy)]
pub(super) struct ClaimRequest {
    pub(super) lane: Lane,
    pub(super) now: DateTime<Utc>,
    pub(super) lease_until: DateTime<Utc>,
    /// The maximum number of deliveries.
    pub(super) limit: u64,
}

/// A claimed batch of deliveries.
#[derive(Default)]
pub(crate) struct ClaimedBatch {
    /// The number of deliveries.
    pub(super) count: usize,
    /// Those that have something to send.
    pub(super) ready: Vec<delivery::Model>,
    /// Digests for which there is no paper: they are to end, in a transaction of their own, because what their
    /// subscriptions have covered moves with that.
    pub(super) empty: Vec<delivery::Model>,
    /// The time of the selection, by the feed clock.
    pub(super) chosen_at: Option<DateTime<Utc>>,
    /// The rows that they refer to.
    pub(super) context: BatchData,
    /// The cached selections, after the transaction is committed.
    pub(super) choices: SelectionCache,
}

/// Claims deliveries of a lane that are due, the longest waiting first, and chooses the papers of digests that have
/// none. Of digests whose circuit is open it claims none but the one that probes it, if that is due.
///
/// Locks are taken in one order: the clock of the feeds, circuits, deliveries. Anyone who has a delivery locked waits
/// for nothing any more.
pub(super) async fn claim(
    tx: &DatabaseTransaction,
    wanted: ClaimRequest,
    choices: &SelectionCache,
) -> Result<ClaimedBatch> {
    planner::force_index_scans(tx).await?;
    let mut claimed = ClaimedBatch { choices: choices.clone(), ..ClaimedBatch::default() };
    if wanted.lane == Lane::Digests {
        if !DueQuery::of(wanted).waits(tx).await? {
            return Ok(claimed);
        }
        // Behind the clock: what subscriptions have covered may have moved up to here.
        claimed.chosen_at = Some(clock::choice(tx, wanted.now).await?);
    }
    let mut rows = due(tx, wanted).await?;
    if rows.is_empty() {
        return Ok(claimed);
    }
    planner::reset(tx).await?;
    claimed.context = BatchData::load(tx, &rows).await?;
    if let Some(chosen_at) = claimed.chosen_at {
        select::choose(tx, chosen_at, &mut rows, &claimed.context, &mut claimed.choices).await?;
    }
    planner::force_index_scans(tx).await?;
    take(tx, &mut rows, wanted.lease_until).await?;
    claimed.count = rows.len();
    let has_none = |papers: &PaperIds| papers.0.is_empty();
    let is_empty =
        |row: &delivery::Model| row.kind == DeliveryKind::Digest && row.papers.as_ref().is_some_and(has_none);
    (claimed.empty, claimed.ready) = rows.into_iter().partition(is_empty);
    Ok(claimed)
}

/// Has what would be claimed next wait until then: it could not be claimed.
pub(super) async fn put_off(
    tx: &DatabaseTransaction,
    wanted: ClaimRequest,
    until: DateTime<Utc>,
) -> Result<()> {
    planner::force_index_scans(tx).await?;
    let rows = due(tx, wanted).await?;
    let values = rows.iter().map(|row| vec![row.id.into(), row.attempt.into(), until.into()]).collect();
    update_from_values(
        tx,
        "delivery",
        "next_attempt_at = v.column3",
        "delivery.id = v.column1 AND delivery.attempt = v.column2 AND delivery.next_attempt_at IS NOT NULL",
        "id",
        values,
    )
    .await?;
    Ok(())
}

/// Has locked deliveries wait that this build cannot read, whatever stands in them.
async fn put_off_unreadable(tx: &DatabaseTransaction, ids: &[i64], until: DateTime<Utc>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    delivery::Entity::update_many()
        .col_expr(delivery::Column::NextAttemptAt, Expr::value(until))
        .filter(delivery::Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Makes the claim, and writes down what was chosen. The rows become as they are then.
async fn take(
    tx: &DatabaseTransaction,
    rows: &mut [delivery::Model],
    lease_until: DateTime<Utc>,
) -> Result<()> {
    let values = |row: &delivery::Model| {
        let papers = row.papers.as_ref().filter(|papers| !papers.0.is_empty());
        let papers = papers.map(serde_json::to_value).transpose().unwrap_or_default();
        vec![
            row.id.into(),
            row.attempt.into(),
            lease_until.into(),
            Value::Json(papers.map(Box::new)),
            row.chosen_at.into(),
        ]
    };
    let taken = update_from_values(
        tx,
        "delivery",
        "status = 'SENDING', attempt = v.column2 + 1, lease_until = v.column3, next_attempt_at = NULL, \
         papers = v.column4, chosen_at = v.column5",
        "delivery.id = v.column1 AND delivery.attempt = v.column2 AND delivery.next_attempt_at IS NOT NULL",
        "id",
        rows.iter().map(values).collect(),
    )
    .await?;
    if taken.len() < rows.len() {
        // They are locked, so this cannot be; and nothing may go out that is not claimed.
        return Err(Error::Internal("a delivery was changed while it was being claimed".to_owned()));
    }
    for row in rows {
        row.status = DeliveryStatus::Sending;
        row.attempt += 1;
        row.lease_until = Some(lease_until);
        row.next_attempt_at = None;
    }
    Ok(())
}

/// Locks what may be claimed.
async fn due(tx: &DatabaseTransaction, wanted: ClaimRequest) -> Result<Vec<delivery::Model>> {
    let open = match wanted.lane {
        Lane::Digests => circuit_breaker::open(tx).await?,
        Lane::Transactional => Vec::new(),
    };
    let mut which = DueQuery::of(wanted);
    let mut found = Vec::new();
    if let Some(all) = open.iter().find(|row| row.domain == circuit_breaker::ALL_DOMAINS) {
        found.extend(probe_all(tx, &which, all, &open).await?);
    } else {
        for row in &open {
            found.extend(probe(tx, &which, row).await?);
        }
        which.except = domains(&open);
        found.extend(which.lock(tx).await?);
    }
    found.sort_by_key(|row| (row.due_at, row.id));
    Ok(found)
}

/// The digest that probes the circuit of a domain, if that is due and one waits.
async fn probe(
    tx: &DatabaseTransaction,
    which: &DueQuery,
    row: &entity::circuit_breaker::Model,
) -> Result<Option<delivery::Model>> {
    if !circuit_breaker::try_claim_probe(tx, row, which.now).await? {
        return Ok(None);
    }
    let probe = DueQuery { limit: 1, domain: Some(row.domain.clone()), ..which.clone() };
    let found = probe.lock(tx).await?.pop();
    circuit_breaker::probe_with(tx, row, found.as_ref().map(|probe| probe.id)).await?;
    Ok(found)
}

/// The digest that probes the circuit of all, if that is due and one waits: one to a domain that has no open
/// circuit of its own. If none waits, one that probes the circuit of its domain as well, or nothing that waits
/// could ever close the circuit of all. Domains take turns at that, because each refusal puts off its domain.
async fn probe_all(
    tx: &DatabaseTransaction,
    which: &DueQuery,
    all: &entity::circuit_breaker::Model,
    open: &[entity::circuit_breaker::Model],
) -> Result<Option<delivery::Model>> {
    if !circuit_breaker::try_claim_probe(tx, all, which.now).await? {
        return Ok(None);
    }
    let elsewhere = DueQuery { limit: 1, except: domains(open), ..which.clone() };
    let mut found = elsewhere.lock(tx).await?.pop();
    let mut rest: Vec<_> = open.iter().filter(|row| row.domain != circuit_breaker::ALL_DOMAINS).collect();
    rest.sort_by_key(|row| row.probe_at);
    let mut rest = rest.into_iter();
    while let (None, Some(row)) = (&found, rest.next()) {
        found = probe(tx, which, row).await?;
    }
    circuit_breaker::probe_with(tx, all, found.as_ref().map(|probe| probe.id)).await?;
    Ok(found)
}

fn domains(circuits: &[entity::circuit_breaker::Model]) -> Vec<String> {
    circuits.iter().map(|row| row.domain.clone()).collect()
}

/// Selects due deliveries.
#[derive(Clone)]
struct DueQuery {
    lane: Lane,
    now: DateTime<Utc>,
    limit: u64,
    /// Of this recipient domain only.
    domain: Option<String>,
    /// Of none of these.
    except: Vec<String>,
}

impl DueQuery {
    fn of(ClaimRequest { lane, now, limit, .. }: ClaimRequest) -> Self {
        Self { lane, now, limit, domain: None, except: Vec::new() }
    }

    /// Whether there are any, locked or not.
    async fn waits(&self, tx: &DatabaseTransaction) -> Result<bool> {
        let mut query = self.query();
        query.column((delivery::Entity, delivery::Column::Id)).limit(1);
        Ok(tx.query_one(&query).await?.is_some())
    }

    /// Locks them until the transaction ends. Those that this build cannot read are put off, and do not count.
    async fn lock(&self, tx: &DatabaseTransaction) -> Result<Vec<delivery::Model>> {
        let mut query = self.query();
        delivery::Entity::select_whole(&mut query);
        // SQLite has no locks of rows, and needs none: the transaction is the only one that writes.
        query.limit(self.limit).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        loop {
            let rows = tx.query_all(&query).await?;
            let (mut readable, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
            for row in &rows {
                match delivery::Entity::whole(row) {
                    Ok(row) => readable.push(row),
                    Err(error) => {
                        let id: i64 = row.try_get("", delivery::Column::Id.as_str())?;
                        tracing::error!(delivery.id = id, %error, "a delivery cannot be read and is postponed");
                        unreadable.push(id);
                    }
                }
            }
            put_off_unreadable(tx, &unreadable, self.now + UNREADABLE_DELAY).await?;
            if !readable.is_empty() || unreadable.is_empty() {
                return Ok(readable);
            }
        }
    }

    /// They, the longest waiting first; no column is selected yet.
    fn query(&self) -> SelectStatement {
        // Spelled out, because the partial indices are found by their text.
        let kind = match self.lane {
            Lane::Digests => {
                "kind = 'DIGEST' AND NOT EXISTS (SELECT 1 FROM sending_state WHERE paused_at IS NOT NULL)"
            }
            Lane::Transactional => "kind <> 'DIGEST'",
        };
        let mut query = Query::select();
        query
            .from(delivery::Entity)
            .and_where(Expr::cust(kind))
            .and_where(Expr::cust("next_attempt_at IS NOT NULL"))
            .and_where(delivery::Column::NextAttemptAt.into_expr().lte(self.now))
            .order_by(delivery::Column::NextAttemptAt, Order::Asc)
            .order_by(delivery::Column::Id, Order::Asc);
        if let Some(domain) = &self.domain {
            query.and_where(delivery::Column::Domain.into_expr().eq(domain.as_str()));
        }
        if !self.except.is_empty() {
            let except = self.except.iter().map(String::as_str);
            query.and_where(delivery::Column::Domain.into_expr().is_not_in(except));
        }
        query
    }
}
