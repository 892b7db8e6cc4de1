//! Recording outcomes of deliveries and their consequences.
//!
//! Every outcome is a compare-and-set on (id, attempt) of a row that is SENDING. One exception: what the server
//! took is recorded as SENT even if the lease ran out meanwhile and nobody has claimed the row since; that is
//! the truth, and spares the recipient a second copy. The marks that say what a
//! subscription's reading has covered move forward in the same transaction, when a digest ends as SENT,
//! `IN_DOUBT` or SKIPPED as empty, and stay otherwise.

use chrono::{DateTime, Utc};
use db::update_from_values;
use entity::delivery;
use entity::enums::{DeliveryKind, DeliveryReason, DeliveryStatus, SuppressionReason};
use sea_orm::{ActiveEnum as _, DatabaseTransaction, FromQueryResult, Value};

use crate::Result;
use crate::delivery::health::bounce_surge;
use crate::delivery::health::circuit_breaker::{self, RecordedOutcome, Transitions};
use crate::delivery::record::outcome::Outcome;
use crate::keys::Keys;
use crate::subscriptions::suppression;

/// The changes caused by recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordSummary {
    /// Outcomes whose claim was still held.
    pub written: usize,
    /// The kinds and states of those that are not simply back in the queue.
    pub ended: Vec<(DeliveryKind, DeliveryStatus)>,
    /// Transitions of circuits.
    pub switched: Transitions,
}

/// A row whose outcome was written.
#[derive(FromQueryResult)]
struct EndedDelivery {
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
pub async fn record_outcomes(
    tx: &DatabaseTransaction,
    keys: &Keys,
    outcomes: &[Outcome],
) -> Result<RecordSummary> {
    let rows = outcomes.iter().map(outcome_values).collect();
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
    let ended =
        ended.iter().map(|row| EndedDelivery::from_query_result(row, "")).collect::<Result<Vec<_>, _>>()?;
    let covers = |row: &&EndedDelivery| {
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
        Some(RecordedOutcome { outcome, domain: &row.domain })
    });
    let switched = circuit_breaker::apply_outcomes(tx, told.collect()).await?;
    let states = ended.iter().map(|row| (row.kind, row.status));
    let states = states.filter(|(_, status)| *status != DeliveryStatus::Queued).collect();
    Ok(RecordSummary { written: ended.len(), ended: states, switched })
}

fn outcome_values(outcome: &Outcome) -> Vec<Value> {
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

/// Ends claimed digests for which there is no paper. The edition is given free: nothing of it was sent. Returns how
/// many of them were still held.
pub(crate) async fn skip_empty(
    tx: &DatabaseTransaction,
    chosen_at: DateTime<Utc>,
    rows: &[delivery::Model],
) -> Result<u64> {
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
        return Ok(0);
    }
    let marks =
        rows.iter().filter_map(|row| Some((row.subscription_id?, row.cutoff_day?, chosen_at))).collect();
    move_marks(tx, marks).await?;
    // A probe among them told nothing, and another should go soon. This neither opens nor closes a circuit.
    let outcomes: Vec<_> =
        rows.iter().map(|row| Outcome::end(row, DeliveryReason::Empty, chosen_at)).collect();
    let told =
        outcomes.iter().zip(&rows).map(|(outcome, row)| RecordedOutcome { outcome, domain: &row.domain });
    circuit_breaker::apply_outcomes(tx, told.collect()).await?;
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

/// Suppresses the mailboxes that do not exist, unless there are far more of them than usual.
async fn suppress(
    tx: &DatabaseTransaction,
    keys: &Keys,
    outcomes: &[Outcome],
    ended: &[EndedDelivery],
) -> Result<()> {
    let absent = outcomes.iter().filter(|outcome| outcome.suppresses).filter_map(|outcome| {
        // A recipient who was erased meanwhile is nobody.
        let row = ended.iter().find(|row| row.id == outcome.id && !row.recipient.is_empty())?;
        Some((outcome, row.recipient.to_lowercase()))
    });
    let absent: Vec<_> = absent.collect();
    let Some((latest, _)) = absent.last() else { return Ok(()) };
    if bounce_surge::detect(tx, keys, latest.at).await? {
        return Ok(());
    }
    for (outcome, key) in absent {
        let reply = outcome.reply.clone();
        suppression::stop(tx, keys, outcome.at, &key, SuppressionReason::HardBounce, reply).await?;
    }
    Ok(())
}
