//! Claiming due deliveries by lease, with the papers of those that are digests.
//!
//! One transaction: rows that are due are locked (on Postgres passing over those that another worker is claiming), the
//! papers are chosen, and one conditional UPDATE makes the claim. `attempt` rises with every claim and is the fencing
//! token: anyone who holds an older one changes nothing any more. A delivery has an entry in seven indices, and each
//! UPDATE that changes its state rewrites them; so the claim and the choice are one.

pub(crate) mod batches;
mod due;
pub(crate) mod in_flight;
pub(crate) mod lease;
pub mod recover;

use chrono::{DateTime, Utc};
use db::{planner, update_from_values};
use entity::delivery;
use entity::enums::{DeliveryKind, DeliveryStatus};
use entity::json::PaperIds;
use sea_orm::{DatabaseTransaction, Value};

use crate::digests::batch_data::BatchData;
use crate::digests::select::{self, SelectionCache};
use crate::feeds::commit_order;
use crate::outbox::Lane;
use crate::{Error, Result};

use due::{ClaimRequest, DueQuery, lock_due};

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
    request: ClaimRequest,
    choices: &SelectionCache,
) -> Result<ClaimedBatch> {
    planner::force_index_scans(tx).await?;
    let mut claimed = ClaimedBatch { choices: choices.clone(), ..ClaimedBatch::default() };
    if request.lane == Lane::Digests {
        if !DueQuery::new(request).has_any(tx).await? {
            return Ok(claimed);
        }
        // Behind the clock: what subscriptions have covered may have moved up to here.
        claimed.chosen_at = Some(commit_order::choice(tx, request.now).await?);
    }
    let mut rows = lock_due(tx, request).await?;
    if rows.is_empty() {
        return Ok(claimed);
    }
    planner::reset(tx).await?;
    claimed.context = BatchData::load(tx, &rows).await?;
    if let Some(chosen_at) = claimed.chosen_at {
        select::select_papers(tx, chosen_at, &mut rows, &claimed.context, &mut claimed.choices).await?;
    }
    planner::force_index_scans(tx).await?;
    mark_claimed(tx, &mut rows, request.lease_until).await?;
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
    request: ClaimRequest,
    until: DateTime<Utc>,
) -> Result<()> {
    planner::force_index_scans(tx).await?;
    let rows = lock_due(tx, request).await?;
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

/// Makes the claim, and writes down what was chosen. The rows become as they are then.
async fn mark_claimed(
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
    let claimed = update_from_values(
        tx,
        "delivery",
        "status = 'SENDING', attempt = v.column2 + 1, lease_until = v.column3, next_attempt_at = NULL, \
         papers = v.column4, chosen_at = v.column5",
        "delivery.id = v.column1 AND delivery.attempt = v.column2 AND delivery.next_attempt_at IS NOT NULL",
        "id",
        rows.iter().map(values).collect(),
    )
    .await?;
    if claimed.len() < rows.len() {
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
