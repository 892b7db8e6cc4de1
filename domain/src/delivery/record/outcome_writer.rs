//! The outcome writer: records outcomes in the database in batches.
//!
//! Between the server's 250 and the commit nobody can know what happened to a message if the process is
//! killed. That window is kept small: a batch is written after 50 ms or 100 outcomes, and no new message is
//! started while 200 wait or one has waited for a second. After kill -9 no more messages than those
//! in flight and those that waited here go out a second time, with the same Message-ID.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::counter;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use crate::delivery::claim::in_flight::InFlight;
use crate::delivery::record::outcome::Outcome;
use crate::delivery::record::write::{self, RecordSummary};
use crate::delivery::send::drain_timings::{DrainTimings, Step};
use crate::instruments::{DELIVERIES, label};
use crate::queue::Job;
use crate::{Result, Services};

/// The number of pending outcomes at which no new message is started.
const MAX_PENDING_OUTCOMES: usize = 200;

/// The age of a pending outcome at which no new message is started.
const MAX_OUTCOME_AGE: Duration = Duration::from_secs(1);

/// The time for which outcomes are collected before they are written.
const COLLECT_TIME: Duration = Duration::from_millis(50);

/// The number of outcomes that are written at once without waiting; during the write, agents have room for as many
/// again.
const FLUSH_AT_OUTCOMES: usize = MAX_PENDING_OUTCOMES / 2;

/// The delay before a failed write is retried.
const RETRY_DELAY: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
struct PendingOutcomes {
    /// In the order in which they were entered, and when.
    outcomes: VecDeque<(Instant, Outcome)>,
    is_closed: bool,
}

/// Collects outcomes and writes them in batches.
#[derive(Clone, Debug)]
pub(crate) struct OutcomeWriter {
    services: Services,
    in_flight: InFlight,
    timings: Arc<DrainTimings>,
    waiting: Arc<Mutex<PendingOutcomes>>,
    entered: Arc<Notify>,
    written: Arc<Notify>,
}

impl OutcomeWriter {
    pub(crate) fn new(services: Services, in_flight: InFlight, timings: Arc<DrainTimings>) -> Self {
        Self {
            services,
            in_flight,
            timings,
            waiting: Arc::default(),
            entered: Arc::default(),
            written: Arc::default(),
        }
    }

    /// Enters an outcome.
    pub(crate) fn push(&self, outcome: Outcome) {
        let mut waiting = self.lock();
        waiting.outcomes.push_back((Instant::now(), outcome));
        drop(waiting);
        self.entered.notify_one();
    }

    /// Returns once a new message may be started.
    pub(crate) async fn wait_until_ready(&self) {
        loop {
            let written = self.written.notified();
            let is_ready = {
                let waiting = self.lock();
                let is_old = |(entered, _): &(Instant, Outcome)| entered.elapsed() >= MAX_OUTCOME_AGE;
                waiting.outcomes.len() < MAX_PENDING_OUTCOMES && !waiting.outcomes.front().is_some_and(is_old)
            };
            if is_ready {
                return;
            }
            // The age of the oldest is seen again even if nobody tells.
            let _ = tokio::time::timeout(COLLECT_TIME, written).await;
        }
    }

    /// No further outcome comes; [`OutcomeWriter::write_all`] ends once all are written.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.entered.notify_one();
    }

    /// Writes what is entered, until the writer is closed and empty.
    pub(crate) async fn write_all(&self) {
        loop {
            self.entered.notified().await;
            loop {
                let _ = tokio::time::timeout(COLLECT_TIME, self.wait_for_batch()).await;
                let batch: Vec<Outcome> = {
                    let waiting = self.lock();
                    waiting
                        .outcomes
                        .iter()
                        .take(MAX_PENDING_OUTCOMES)
                        .map(|(_, outcome)| outcome.clone())
                        .collect()
                };
                if batch.is_empty() {
                    break;
                }
                let began = Instant::now();
                let written = self.write(&batch).await;
                self.timings.count(Step::Record, began);
                match written {
                    Ok(()) => self.confirm_written(&batch),
                    Err(error) => {
                        tracing::error!(%error, waiting = batch.len(), "outcomes cannot be recorded yet");
                        tokio::time::sleep(RETRY_DELAY).await;
                    }
                }
            }
            if self.lock().is_closed {
                return;
            }
        }
    }

    /// Returns once there are enough to be written, or no more come.
    async fn wait_for_batch(&self) {
        loop {
            let entered = self.entered.notified();
            let is_enough = {
                let waiting = self.lock();
                waiting.is_closed || waiting.outcomes.len() >= FLUSH_AT_OUTCOMES
            };
            if is_enough {
                return;
            }
            entered.await;
        }
    }

    async fn write(&self, batch: &[Outcome]) -> Result<()> {
        let keys = &self.services.settings.keys;
        let recorded = self
            .services
            .db
            .write(|tx| Box::pin(async move { write::record_outcomes(tx, keys, batch).await }))
            .await?;
        if recorded.written < batch.len() {
            tracing::warn!(
                lost = batch.len() - recorded.written,
                "outcomes arrived after their claim was lost"
            );
        }
        count_recorded(&recorded);
        for (domain, reason) in &recorded.switched.opened {
            tracing::error!(
                domain,
                reason,
                "circuit opened: mail from this service is refused, digests wait"
            );
            // At once: the next look at what is in hand may be hundreds of messages away.
            self.in_flight.halt(domain);
        }
        for domain in &recorded.switched.closed {
            tracing::warn!(domain, "circuit closed: a probe was accepted, digests resume");
        }
        if !recorded.switched.closed.is_empty() {
            self.services.wake(Job::SendDigests);
        }
        Ok(())
    }

    fn confirm_written(&self, batch: &[Outcome]) {
        let mut waiting = self.lock();
        waiting.outcomes.drain(..batch.len());
        drop(waiting);
        self.in_flight.release(batch.iter().map(|outcome| outcome.id));
        self.written.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, PendingOutcomes> {
        self.waiting.lock()
    }
}

/// Counts outcomes that are committed, and what they did to circuits.
fn count_recorded(recorded: &RecordSummary) {
    for (kind, status) in &recorded.ended {
        counter!(DELIVERIES, "kind" => label(kind), "status" => label(status)).increment(1);
    }
    recorded.switched.count();
}
