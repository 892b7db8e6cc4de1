//! Circuit breakers: if mail from this service is refused because of its content or sender, digests stop before they do
//! harm.
//!
//! Five refusals for reasons of policy, and a fifth at least of the last hundred outcomes of a recipient domain, open
//! the circuit of that domain; three open ones open that of all, and so does, at once, a refusal that no other message
//! would escape (a wrong password, mail that cannot be shown to be ours). While a circuit is open its digests wait,
//! which costs them nothing. After a growing pause one of them goes as a probe: taken, it closes the circuit; refused,
//! the pause doubles. An administrator closes all of them by resuming.
//!
//! Only digests wait. A requested link is of no use later, and no such mail is one of thousands.
//!
//! The state is in the database: workers agree, and a restart remembers. What is decided here is decided in the
//! transaction that records the outcomes which it follows from.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::circuit_breaker;
use entity::enums::DeliveryStatus;
use metrics::counter;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, Statement,
};

use crate::delivery::record::classify::Alarm;
use crate::delivery::record::outcome::Outcome;
use crate::instruments::CIRCUIT_TRANSITIONS;
use crate::outbox::retry;
use crate::{Result, random};

/// The pseudo-domain of the circuit for all mail.
pub const ALL_DOMAINS: &str = "*";

/// The minimum number of refusals, among the latest outcomes of a domain, that opens its circuit.
const MIN_REFUSALS: i64 = 5;

/// The share of refusals that opens a circuit: one in this number of outcomes.
const MAX_OUTCOMES_PER_REFUSAL: i64 = 5;

/// The number of latest outcomes of a domain that are considered.
const OUTCOME_WINDOW: i64 = 100;

/// The number of domains whose open circuits open the circuit for all mail.
const MIN_OPEN_DOMAINS: usize = 3;

/// Circuits that outcomes or an administrator opened and closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transitions {
    /// Domains, and why.
    pub opened: Vec<(String, String)>,
    /// Domains.
    pub closed: Vec<String>,
}

impl Transitions {
    /// Counts them, once they are committed.
    pub(crate) fn count(&self) {
        let opened = self.opened.iter().map(|(domain, _)| (domain, "open"));
        let closed = self.closed.iter().map(|domain| (domain, "closed"));
        for (domain, to) in opened.chain(closed) {
            let scope = if domain == ALL_DOMAINS { "all" } else { "domain" };
            counter!(CIRCUIT_TRANSITIONS, "scope" => scope, "to" => to).increment(1);
        }
    }
}

/// An outcome that was recorded, and of whose mail.
pub(crate) struct RecordedOutcome<'a> {
    pub(crate) outcome: &'a Outcome,
    pub(crate) domain: &'a str,
}

/// The circuits that are open, by their domains.
///
/// # Errors
/// If the database fails.
pub async fn find_open(connection: &impl ConnectionTrait) -> Result<Vec<circuit_breaker::Model>> {
    let rows = circuit_breaker::Entity::find()
        .filter(circuit_breaker::Column::OpenedAt.is_not_null())
        .order_by_asc(circuit_breaker::Column::Domain)
        .all(connection)
        .await?;
    Ok(rows)
}

/// Opens and closes circuits by the outcomes of deliveries.
pub(crate) async fn apply_outcomes(
    tx: &DatabaseTransaction,
    recorded: Vec<RecordedOutcome<'_>>,
) -> Result<Transitions> {
    let mut switched = Transitions::default();
    let mut open_ones = find_open(tx).await?;
    for row in &open_ones {
        let probe = row.probe_id.and_then(|id| recorded.iter().find(|recorded| recorded.outcome.id == id));
        if let Some(probe) = probe {
            apply_probe(tx, row, probe.outcome, &mut switched).await?;
        }
    }
    open_ones.retain(|row| !switched.closed.contains(&row.domain));
    // In the order of their names, so that two workers do not wait for each other.
    let mut refused = BTreeMap::new();
    for RecordedOutcome { outcome, domain } in recorded {
        let domain = match outcome.alarm {
            None => continue,
            Some(Alarm::All) => ALL_DOMAINS,
            // Who was erased meanwhile has no domain any more.
            Some(Alarm::Domain) if domain.is_empty() => continue,
            Some(Alarm::Domain) => domain,
        };
        if !open_ones.iter().any(|row| row.domain == domain) {
            refused.insert(domain, outcome);
        }
    }
    for (&domain, outcome) in &refused {
        let said = outcome.reply.as_deref().unwrap_or_default();
        let reason = if domain == ALL_DOMAINS {
            said.to_owned()
        } else if let Some(share) = refusal_share(tx, domain).await? {
            format!("{share}, the latest by {said}")
        } else {
            continue;
        };
        open_circuit(tx, domain, reason, outcome.at, &mut switched).await?;
    }
    let Some(at) = refused.values().map(|outcome| outcome.at).max() else { return Ok(switched) };
    if switched.opened.iter().any(|(domain, _)| domain != ALL_DOMAINS) {
        let domains: Vec<String> = find_open(tx).await?.into_iter().map(|row| row.domain).collect();
        if domains.len() >= MIN_OPEN_DOMAINS && !domains.iter().any(|domain| domain == ALL_DOMAINS) {
            let reason = format!("{} refuse mail from this service", domains.join(", "));
            open_circuit(tx, ALL_DOMAINS, reason, at, &mut switched).await?;
        }
    }
    Ok(switched)
}

/// Closes all circuits, by an administrator's word.
pub(crate) async fn close_all(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<Transitions> {
    let closing: Vec<String> = find_open(tx).await?.into_iter().map(|row| row.domain).collect();
    circuit_breaker::Entity::update_many()
        .set(closed_row(now))
        .filter(circuit_breaker::Column::OpenedAt.is_not_null())
        .exec(tx)
        .await?;
    Ok(Transitions { closed: closing, ..Transitions::default() })
}

/// Takes the turn to probe an open circuit, if it is due; at most one worker has it. Anyone who has it says by
/// [`set_probe`] what came of it.
pub(crate) async fn try_claim_probe(
    tx: &DatabaseTransaction,
    row: &circuit_breaker::Model,
    now: DateTime<Utc>,
) -> Result<bool> {
    let next = now + retry::probe_delay(row.failures, random::fraction());
    let taken = circuit_breaker::Entity::update_many()
        .set(circuit_breaker::ActiveModel { probe_at: Set(Some(next)), ..Default::default() })
        .filter(circuit_breaker::Column::Domain.eq(&row.domain))
        .filter(circuit_breaker::Column::OpenedAt.is_not_null())
        .filter(circuit_breaker::Column::ProbeAt.lte(now))
        .exec(tx)
        .await?;
    Ok(taken.rows_affected > 0)
}

/// Names the digest that probes a circuit; `None` if there was none to send, and the turn comes again.
pub(crate) async fn set_probe(
    tx: &DatabaseTransaction,
    row: &circuit_breaker::Model,
    delivery_id: Option<i64>,
) -> Result<()> {
    let mut probed = circuit_breaker::ActiveModel { probe_id: Set(delivery_id), ..Default::default() };
    if delivery_id.is_none() {
        probed.probe_at = Set(row.probe_at);
    }
    update(tx, &row.domain, probed).await
}

async fn apply_probe(
    tx: &DatabaseTransaction,
    row: &circuit_breaker::Model,
    outcome: &Outcome,
    switched: &mut Transitions,
) -> Result<()> {
    let domain = row.domain.clone();
    if outcome.status == DeliveryStatus::Sent {
        update(tx, &domain, closed_row(outcome.at)).await?;
        switched.closed.push(domain);
        return Ok(());
    }
    let mut next = circuit_breaker::ActiveModel { probe_id: Set(None), ..Default::default() };
    if outcome.alarm.is_some() {
        let failures = row.failures.saturating_add(1);
        next.failures = Set(failures);
        next.probe_at = Set(Some(outcome.at + retry::probe_delay(failures, random::fraction())));
    } else {
        next.probe_at = Set(Some(outcome.at + retry::PROBE_AGAIN_DELAY));
    }
    update(tx, &domain, next).await
}

async fn open_circuit(
    tx: &DatabaseTransaction,
    domain: &str,
    reason: String,
    now: DateTime<Utc>,
    switched: &mut Transitions,
) -> Result<()> {
    let row = circuit_breaker::ActiveModel {
        domain: Set(domain.to_owned()),
        opened_at: Set(Some(now)),
        reason: Set(Some(reason.clone())),
        failures: Set(0),
        probe_at: Set(Some(now + retry::probe_delay(0, random::fraction()))),
        probe_id: Set(None),
        closed_at: Set(None),
    };
    // One that was open before, by another worker's doing, stays as it is.
    let mut on_conflict = OnConflict::column(circuit_breaker::Column::Domain);
    on_conflict
        .update_columns([
            circuit_breaker::Column::OpenedAt,
            circuit_breaker::Column::Reason,
            circuit_breaker::Column::Failures,
            circuit_breaker::Column::ProbeAt,
            circuit_breaker::Column::ProbeId,
        ])
        .action_and_where(Expr::col((circuit_breaker::Entity, circuit_breaker::Column::OpenedAt)).is_null());
    let written =
        circuit_breaker::Entity::insert(row).on_conflict(on_conflict).exec_without_returning(tx).await?;
    if written > 0 {
        switched.opened.push((domain.to_owned(), reason));
    }
    Ok(())
}

/// The share of refusals among the outcomes of a domain, in words, if it opens the circuit.
async fn refusal_share(tx: &DatabaseTransaction, domain: &str) -> Result<Option<String>> {
    let sql = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN reason = 'POLICY' THEN 1 ELSE 0 END), 0) FROM \
               (SELECT reason FROM delivery WHERE domain = $1 AND judged_at IS NOT NULL AND judged_at > \
               COALESCE((SELECT closed_at FROM circuit_breaker WHERE domain = $1), $2) \
               ORDER BY judged_at DESC, id DESC LIMIT $3) AS latest";
    let values = [domain.into(), DateTime::<Utc>::UNIX_EPOCH.into(), OUTCOME_WINDOW.into()];
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    let Some(row) = tx.query_one_raw(statement).await? else { return Ok(None) };
    let (all, refused): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    Ok((refused >= MIN_REFUSALS && refused * MAX_OUTCOMES_PER_REFUSAL >= all)
        .then(|| format!("{refused} of {all} mails refused")))
}

async fn update(tx: &DatabaseTransaction, domain: &str, changed: circuit_breaker::ActiveModel) -> Result<()> {
    circuit_breaker::Entity::update_many()
        .set(changed)
        .filter(circuit_breaker::Column::Domain.eq(domain))
        .exec(tx)
        .await?;
    Ok(())
}

fn closed_row(now: DateTime<Utc>) -> circuit_breaker::ActiveModel {
    circuit_breaker::ActiveModel {
        opened_at: Set(None),
        reason: Set(None),
        probe_at: Set(None),
        probe_id: Set(None),
        closed_at: Set(Some(now)),
        ..Default::default()
    }
}
