//! Batches of due deliveries, claimed for one drain.
//!
//! If a claim fails for a reason that may be a single delivery's, the next one is claimed alone, and put off if it
//! fails again: nobody else waits for a subscription that this build cannot read, or papers that it cannot choose.

use chrono::TimeDelta;
use metrics::counter;

use crate::delivery::claim::due::ClaimRequest;
use crate::delivery::claim::{self, ClaimedBatch, lease};
use crate::delivery::record::write;
use crate::digests::select::SelectionCache;
use crate::instruments::DELIVERIES;
use crate::outbox::Lane;
use crate::{Result, Services};

/// The delay of deliveries that could not be claimed or composed.
pub(crate) const UNPREPARED_DELAY: TimeDelta = TimeDelta::seconds(30);

/// The number of deliveries claimed at once.
const BATCH_SIZE: u64 = 200;

/// The maximum number of deliveries that a drain postpones because they cannot be claimed; beyond it, the fault is
/// probably not theirs.
const MAX_PUT_OFF: usize = 20;

/// The batches of one drain.
pub(crate) struct ClaimBatches {
    services: Services,
    lane: Lane,
    /// The cached selections.
    choices: SelectionCache,
    /// Deliveries to be claimed next, at most.
    limit: u64,
    /// The number of deliveries that could not be claimed.
    put_off: usize,
}

impl ClaimBatches {
    /// Those of a lane; nothing is claimed yet.
    pub(crate) fn new(services: Services, lane: Lane) -> Self {
        Self { services, lane, choices: SelectionCache::default(), limit: BATCH_SIZE, put_off: 0 }
    }

    /// Claims the next one, which is empty if nothing is due. `None` if it is to be tried again.
    pub(crate) async fn next(&mut self) -> Result<Option<ClaimedBatch>> {
        let db = &self.services.db;
        let now = self.services.now();
        let lease_until = lease::end(&self.services);
        let wanted = ClaimRequest { lane: self.lane, now, lease_until, limit: self.limit };
        let choices = &self.choices;
        match db.write(|tx| Box::pin(async move { claim::claim(tx, wanted, choices).await })).await {
            Ok(mut claimed) => {
                self.limit = BATCH_SIZE.min(2 * self.limit);
                self.choices = std::mem::take(&mut claimed.choices);
                self.skip_empty(&claimed).await;
                Ok(Some(claimed))
            }
            Err(error) if error.is_unavailable() || self.put_off == MAX_PUT_OFF => Err(error),
            Err(error) if self.limit > 1 => {
                tracing::warn!(%error, "deliveries could not be claimed as a batch");
                self.limit = 1;
                Ok(None)
            }
            Err(error) => {
                tracing::error!(%error, "a delivery cannot be claimed and is postponed");
                self.put_off += 1;
                let until = now + UNPREPARED_DELAY;
                db.write(|tx| Box::pin(async move { claim::put_off(tx, wanted, until).await })).await?;
                Ok(None)
            }
        }
    }

    /// Ends the digests for which there is no paper. If that fails they come back when their leases end.
    async fn skip_empty(&self, ClaimedBatch { empty, chosen_at, .. }: &ClaimedBatch) {
        let Some(chosen_at) = *chosen_at else { return };
        if empty.is_empty() {
            return;
        }
        let db = &self.services.db;
        let skipped =
            db.write(|tx| Box::pin(async move { write::skip_empty(tx, chosen_at, empty).await })).await;
        match skipped {
            Ok(number) => {
                counter!(DELIVERIES, "kind" => "digest", "status" => "skipped").increment(number);
            }
            Err(error) => {
                tracing::error!(%error, waiting = empty.len(), "empty digests cannot be recorded yet");
            }
        }
    }
}
