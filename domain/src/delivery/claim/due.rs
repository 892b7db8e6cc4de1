//! Due deliveries: which may be claimed next, locked.
//!
//! Digests whose circuit is open are left out, but for the one that probes the circuit, if that is due.

use chrono::{DateTime, TimeDelta, Utc};
use db::PositionalRow as _;
use entity::delivery;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, IdenStatic as _, Order,
    QueryFilter as _,
};

use crate::Result;
use crate::delivery::health::circuit_breaker;
use crate::outbox::Lane;

/// The delay of a delivery that this build cannot read.
const UNREADABLE_DELAY: TimeDelta = TimeDelta::hours(1);

/// A claim that is asked for.
#[derive(Clone, Copy)]
pub(in crate::delivery) struct ClaimRequest {
    pub(in crate::delivery) lane: Lane,
    pub(in crate::delivery) now: DateTime<Utc>,
    pub(in crate::delivery) lease_until: DateTime<Utc>,
    /// The maximum number of deliveries.
    pub(in crate::delivery) limit: u64,
}

/// Locks the due deliveries that may be claimed, the longest waiting first.
pub(super) async fn lock_due(
    tx: &DatabaseTransaction,
    request: ClaimRequest,
) -> Result<Vec<delivery::Model>> {
    let open = match request.lane {
        Lane::Digests => circuit_breaker::find_open(tx).await?,
        Lane::Transactional => Vec::new(),
    };
    let mut query = DueQuery::new(request);
    let mut found = Vec::new();
    if let Some(all) = open.iter().find(|row| row.domain == circuit_breaker::ALL_DOMAINS) {
        found.extend(claim_probe_of_all(tx, &query, all, &open).await?);
    } else {
        for row in &open {
            found.extend(claim_probe(tx, &query, row).await?);
        }
        query.except = domains_of(&open);
        found.extend(query.lock(tx).await?);
    }
    found.sort_by_key(|row| (row.due_at, row.id));
    Ok(found)
}

/// The digest that probes the circuit of a domain, if that is due and one waits.
async fn claim_probe(
    tx: &DatabaseTransaction,
    query: &DueQuery,
    row: &entity::circuit_breaker::Model,
) -> Result<Option<delivery::Model>> {
    if !circuit_breaker::try_claim_probe(tx, row, query.now).await? {
        return Ok(None);
    }
    let probe = DueQuery { limit: 1, domain: Some(row.domain.clone()), ..query.clone() };
    let found = probe.lock(tx).await?.pop();
    circuit_breaker::set_probe(tx, row, found.as_ref().map(|probe| probe.id)).await?;
    Ok(found)
}

/// The digest that probes the circuit of all, if that is due and one waits: one to a domain that has no open
/// circuit of its own. If none waits, one that probes the circuit of its domain as well, or nothing that waits
/// could ever close the circuit of all. Domains take turns at that, because each refusal puts off its domain.
async fn claim_probe_of_all(
    tx: &DatabaseTransaction,
    query: &DueQuery,
    all: &entity::circuit_breaker::Model,
    open: &[entity::circuit_breaker::Model],
) -> Result<Option<delivery::Model>> {
    if !circuit_breaker::try_claim_probe(tx, all, query.now).await? {
        return Ok(None);
    }
    let elsewhere = DueQuery { limit: 1, except: domains_of(open), ..query.clone() };
    let mut found = elsewhere.lock(tx).await?.pop();
    let mut rest: Vec<_> = open.iter().filter(|row| row.domain != circuit_breaker::ALL_DOMAINS).collect();
    rest.sort_by_key(|row| row.probe_at);
    let mut rest = rest.into_iter();
    while let (None, Some(row)) = (&found, rest.next()) {
        found = claim_probe(tx, query, row).await?;
    }
    circuit_breaker::set_probe(tx, all, found.as_ref().map(|probe| probe.id)).await?;
    Ok(found)
}

fn domains_of(circuits: &[entity::circuit_breaker::Model]) -> Vec<String> {
    circuits.iter().map(|row| row.domain.clone()).collect()
}

/// Selects due deliveries.
#[derive(Clone)]
pub(super) struct DueQuery {
    lane: Lane,
    now: DateTime<Utc>,
    limit: u64,
    /// Of this recipient domain only.
    domain: Option<String>,
    /// Of none of these.
    except: Vec<String>,
}

impl DueQuery {
    pub(super) fn new(ClaimRequest { lane, now, limit, .. }: ClaimRequest) -> Self {
        Self { lane, now, limit, domain: None, except: Vec::new() }
    }

    /// Whether there are any such deliveries, locked or not.
    pub(super) async fn has_any(&self, tx: &DatabaseTransaction) -> Result<bool> {
        let mut query = self.to_select();
        query.column((delivery::Entity, delivery::Column::Id)).limit(1);
        Ok(tx.query_one(&query).await?.is_some())
    }

    /// Locks them until the transaction ends. Those that this build cannot read are put off, and do not count.
    async fn lock(&self, tx: &DatabaseTransaction) -> Result<Vec<delivery::Model>> {
        let mut query = self.to_select();
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
            postpone_unreadable(tx, &unreadable, self.now + UNREADABLE_DELAY).await?;
            if !readable.is_empty() || unreadable.is_empty() {
                return Ok(readable);
            }
        }
    }

    /// The statement, the longest waiting first; no column is selected yet.
    fn to_select(&self) -> SelectStatement {
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

/// Has locked deliveries wait that this build cannot read, whatever stands in them.
async fn postpone_unreadable(
    tx: &DatabaseTransaction,
    delivery_ids: &[i64],
    until: DateTime<Utc>,
) -> Result<()> {
    if delivery_ids.is_empty() {
        return Ok(());
    }
    delivery::Entity::update_many()
        .col_expr(delivery::Column::NextAttemptAt, Expr::value(until))
        .filter(delivery::Column::Id.is_in(delivery_ids.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}
