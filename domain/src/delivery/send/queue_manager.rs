//! The queue manager of a worker: it drains a lane's queue until nothing is due.
//!
//! What outlives a drain is here: a failure that concerns no recipient (the server cannot be reached, asks the service to
//! slow down, or refuses it) holds the whole lane for a growing time. All else belongs to one [`DrainRun`].

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::delivery::send::drain_run::DrainRun;
use crate::delivery::send::lane_backoff::LaneBackoff;
use crate::delivery::send::throttling::Throttling;
use crate::outbox::Lane;
use crate::{Result, Services};

/// Drains the queues of a worker.
#[derive(Debug)]
pub struct QueueManager {
    services: Services,
    backoff: Arc<LaneBackoff>,
    throttling: Arc<Throttling>,
}

impl QueueManager {
    /// A queue manager that holds no lane.
    #[must_use]
    pub fn new(services: Services) -> Self {
        Self { backoff: Arc::new(LaneBackoff::new(services.clone())), throttling: Arc::default(), services }
    }

    /// Sends what is due on a lane until nothing is, or `stop` is cancelled. Returns when to come back,
    /// if the lane is held.
    ///
    /// # Errors
    /// If the database fails; what was claimed comes back when its lease ends.
    pub async fn drain(&self, lane: Lane, stop: &CancellationToken) -> Result<Option<DateTime<Utc>>> {
        if let Some(until) = self.backoff.held_until(lane) {
            return Ok(Some(until));
        }
        let (backoff, throttling) = (Arc::clone(&self.backoff), Arc::clone(&self.throttling));
        let span = tracing::error_span!("drain", lane = ?lane);
        let run = DrainRun::drain(self.services.clone(), lane, backoff, throttling, stop.clone());
        let is_drained = run.instrument(span).await?;
        // A hold that ended meanwhile kept this drain from looking further.
        Ok(self.backoff.held_until(lane).or_else(|| (!is_drained).then(|| self.services.now())))
    }
}
