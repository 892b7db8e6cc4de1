//! Writing down how deliveries ended, and what follows from it.
//!
//! Every outcome is a compare-and-set on (id, attempt) of a row that is SENDING. One exception: what the server
//! took is recorded as SENT also where the lease ran out meanwhile and nobody has claimed the row since; that is
//! the truth, and spares the recipient a second copy. The marks that say what a
//! subscription's reading has covered move forward in the same transaction, when a digest ends as SENT,
//! `IN_DOUBT` or SKIPPED as empty, and stay otherwise.

use chrono::{DateTime, Utc};
use entity::delivery;
use entity::enums::{DeliveryKind, DeliveryReason, DeliveryStatus, SuppressionReason};
use sea_orm::{ActiveEnum as _, DatabaseTransaction, FromQueryResult, Value};

use crate::Result;
use crate::db::update_from_values;
use crate::keys::Keys;
use crate::subscriptions::suppression;

use super::circuit::{self, Switched, Told};
use super::classify::Alarm;
use super::storm;

/// How one attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The delivery.
    pub id: i64,
    /// The claim that it was attempted under.
    pub attempt: i32,
    /// Its state from now on.
    pub status: DeliveryStatus,
    /// Why, where it was not sent.
    pub reason: Option<DeliveryReason>,
    /// What the server said; `None` keeps what it said before.
    pub reply: Option<String>,
    /// When it is tried again; `None` where it is not.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When the attempt ended.
    pub at: DateTime<Utc>,
    /// Whether this counts as a step of the retry schedule.
    pub is_deferral: bool,
    /// Whether the mailbox does not exist, so that no mail should go there again.
    pub suppresses: bool,
    /// Whether it is a sign that mail from here is not wanted.
    pub alarm: Option<Alarm>,
}

impl Outcome {
    /// The state of a delivery from now on, with nothing more to say.
    pub(super) fn new(row: &delivery::Model, status: DeliveryStatus, now: DateTime<Utc>) -> Self {
        Self {
            id: row.id,
            attempt: row.attempt,
            status,
            reason: None,
            reply: None,
            next_attempt_at: None,
            at: now,
            is_deferral: false,
            suppresses: false,
            alarm: None,
        }
    }

    /// A delivery that ends for this reason without an attempt.
    pub(super) fn end(row: &delivery::Model, reason: DeliveryReason, now: DateTime<Utc>) -> Self {
        let status = match reason {
            DeliveryReason::Unsubscribed | DeliveryReason::Suppressed => DeliveryStatus::Suppressed,
            DeliveryReason::RetriesExhausted | DeliveryReason::Superseded => DeliveryStatus::Expired,
            DeliveryReason::Cancelled => DeliveryStatus::Cancelled,
            DeliveryReason::Empty => DeliveryStatus::Skipped,
            _ => DeliveryStatus::Failed,
        };
        Self { reason: Some(reason), ..Self::new(row, status, now) }
    }

    /// Back to the queue at no cost, not to be claimed before `not_before`.
    pub(super) fn released(
        row: &delivery::Model,
        why: Option<String>,
        now: DateTime<Utc>,
        not_before: DateTime<Utc>,
    ) -> Self {
        // What was in doubt stays so until it is tried again.
        let status = if row.doubted_at.is_some() { DeliveryStatus::InDoubt } else { DeliveryStatus::Queued };
        Self { reply: why, next_attempt_at: Some(not_before), ..Self::new(row, status, now) }
    }
}

/// What recording changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Outcomes whose claim was still held.
    pub written: usize,
    /// What it did to circuits.
    pub switched: Switched,
}

/// A row whose outcome was written.
#[derive(FromQueryResult)]
struct Ended {
    subscription_id: Option<i64>,
    kind: DeliveryKind,
    status: DeliveryStatus,
    cutoff_day: Option<chrono::NaiveDate>,
    chosen_at: Option<DateTime<Utc>>,
    recipient: String,
    domain: String,
    id: i64,
}

/// Writes outcomes; those whose claim is not held any more change nothing.
///
/// # Errors
/// Where the database fails.
pub async fn record(tx: &DatabaseTransaction, keys: &Keys, outcomes: &[Outcome]) -> Result<Recorded> {
    let rows = outcomes.iter().map(values).collect();
    let ended = update_from_values(
        tx,
        "delivery",
        "status = v.column3, reason = v.column4, reply = COALESCE(v.column5, delivery.reply), \
         next_attempt_at = v.column6, sent_at = v.column7, \
         doubted_at = COALESCE(delivery.doubted_at, v.column8), \
         deferrals = delivery.deferrals + v.column9, lease_until = NULL, \
         judged_at = COALESCE(v.column10, delivery.judged_at)",
        "delivery.id = v.column1 AND delivery.attempt = v.column2 AND (delivery.status = 'SENDING' \
         OR (v.column3 = 'SENT' AND delivery.status IN ('QUEUED', 'EXPIRED')))",
        "subscription_id, kind, status, cutoff_day, chosen_at, recipient, domain, id",
        rows,
    )
    .await?;
    let ended = ended
        .iter()
        .map(|row| Ended::from_query_result(row, ""))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let covers = |row: &&Ended| {
        row.kind == DeliveryKind::Digest
            && matches!(row.status, DeliveryStatus::Sent | DeliveryStatus::InDoubt)
    };
    let marks = ended
        .iter()
        .filter(covers)
        .filter_map(|row| Some((row.subscription_id?, row.cutoff_day?, row.chosen_at?)))
        .collect();
    move_marks(tx, marks).await?;
    suppress(tx, keys, outcomes, &ended).await?;
    let told = outcomes.iter().filter_map(|outcome| {
        let row = ended.iter().find(|row| row.id == outcome.id)?;
        Some(Told { outcome, domain: &row.domain })
    });
    let switched = circuit::hear(tx, told.collect()).await?;
    Ok(Recorded { written: ended.len(), switched })
}

fn values(outcome: &Outcome) -> Vec<Value> {
    let at = |is: bool| is.then_some(outcome.at);
    vec![
        outcome.id.into(),
        outcome.attempt.into(),
        outcome.status.to_value().into(),
        outcome.reason.map(|reason| reason.to_value()).into(),
        outcome.reply.clone().into(),
        outcome.next_attempt_at.into(),
        at(outcome.status == DeliveryStatus::Sent).into(),
        at(outcome.status == DeliveryStatus::InDoubt).into(),
        i32::from(outcome.is_deferral).into(),
        at(matches!(outcome.status, DeliveryStatus::Sent | DeliveryStatus::Failed)).into(),
    ]
}

/// Moves what subscriptions have covered forward to the cut-off and the choice of their digests.
async fn move_marks(
    tx: &DatabaseTransaction,
    marks: Vec<(i64, chrono::NaiveDate, DateTime<Utc>)>,
) -> Result<()> {
    let rows = marks.into_iter().map(|(id, day, at)| vec![id.into(), day.into(), at.into()]).collect();
    update_from_values(
        tx,
        "subscription",
        "covered_day = v.column2, covered_at = v.column3",
        "subscription.id = v.column1 \
         AND (subscription.covered_day IS NULL OR subscription.covered_day <= v.column2)",
        "id",
        rows,
    )
    .await?;
    Ok(())
}

/// Ends claimed digests for which there is no paper. The edition is given free: nothing of it was sent.
pub(super) async fn skip_empty(
    tx: &DatabaseTransaction,
    chosen_at: DateTime<Utc>,
    rows: &[delivery::Model],
) -> Result<()> {
    let values = rows.iter().map(|row| vec![row.id.into(), row.attempt.into(), chosen_at.into()]).collect();
    let written = update_from_values(
        tx,
        "delivery",
        "status = 'SKIPPED', reason = 'EMPTY', edition_id = NULL, lease_until = NULL, chosen_at = v.column3",
        "delivery.id = v.column1 AND delivery.attempt = v.column2 AND delivery.status = 'SENDING'",
        "id",
        values,
    )
    .await?;
    let mut skipped = std::collections::HashSet::new();
    for row in written {
        skipped.insert(row.try_get_by_index::<i64>(0)?);
    }
    let rows: Vec<_> = rows.iter().filter(|row| skipped.contains(&row.id)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let marks =
        rows.iter().filter_map(|row| Some((row.subscription_id?, row.cutoff_day?, chosen_at))).collect();
    move_marks(tx, marks).await?;
    // A probe among them told nothing, and another should go soon. This neither opens nor closes a circuit.
    let outcomes: Vec<_> =
        rows.iter().map(|row| Outcome::end(row, DeliveryReason::Empty, chosen_at)).collect();
    let told = outcomes.iter().zip(&rows).map(|(outcome, row)| Told { outcome, domain: &row.domain });
    circuit::hear(tx, told.collect()).await?;
    Ok(())
}

/// Suppresses the mailboxes that do not exist, unless there are far more of them than usual.
async fn suppress(
    tx: &DatabaseTransaction,
    keys: &Keys,
    outcomes: &[Outcome],
    ended: &[Ended],
) -> Result<()> {
    let absent = outcomes.iter().filter(|outcome| outcome.suppresses).filter_map(|outcome| {
        // A recipient who was erased meanwhile is nobody.
        let row = ended.iter().find(|row| row.id == outcome.id && !row.recipient.is_empty())?;
        Some((outcome, row.recipient.to_lowercase()))
    });
    let absent: Vec<_> = absent.collect();
    let Some((latest, _)) = absent.last() else { return Ok(()) };
    if storm::rages(tx, keys, latest.at).await? {
        return Ok(());
    }
    for (outcome, key) in absent {
        let reply = outcome.reply.clone();
        suppression::stop(tx, keys, outcome.at, &key, SuppressionReason::HardBounce, reply).await?;
    }
    Ok(())
}
