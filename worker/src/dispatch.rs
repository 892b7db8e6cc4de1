//! From a wake-up to the work: at most one drain of each kind at a time in a process.
//!
//! A wake-up that comes while its kind is being drained makes the drain look once more; so none is lost, and
//! two never do the same work. Whatever a job does or fails at, its wake-up is done with: apalis has nothing
//! to retry, the rows still say what is due.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use domain::delivery::send::queue_manager::QueueManager;
use domain::queue::Job;
use domain::{Result, Services};
use futures::FutureExt as _;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use crate::instruments;
use crate::jobs;
use crate::queue::local::LocalQueue;
use crate::workplace::Workplace;

#[derive(Debug, Default)]
struct Slot {
    running: Mutex<()>,
    again: AtomicBool,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    place: Workplace,
    slots: HashMap<Job, Slot>,
}

impl Dispatcher {
    pub(crate) fn new(services: Services, local: Arc<LocalQueue>, stop: CancellationToken) -> Self {
        let post_office = QueueManager::new(services.clone());
        let place = Workplace { services, post_office, local, stop };
        let slots = Job::ALL.into_iter().map(|job| (job, Slot::default())).collect();
        Self { place, slots }
    }

    /// Does what a wake-up asks for. Returns once it is done, or at once where a drain of the kind is
    /// running, which then looks again.
    pub(crate) async fn run(&self, job: Job) {
        let Some(slot) = self.slots.get(&job) else { return };
        slot.again.store(true, Ordering::SeqCst);
        // Whoever asks after the last look and before the lock is free finds the lock free below.
        while slot.again.load(Ordering::SeqCst) {
            let Ok(_running) = slot.running.try_lock() else { return };
            while slot.again.swap(false, Ordering::SeqCst) && !self.place.stop.is_cancelled() {
                self.once(job).await;
            }
            if self.place.stop.is_cancelled() {
                return;
            }
        }
    }

    async fn once(&self, job: Job) {
        let span = tracing::error_span!(
            "job",
            job.name = job.name(),
            job.run = domain::random::name(),
            job.outcome = Empty
        );
        self.run_once(job).instrument(span).await;
    }

    async fn run_once(&self, job: Job) {
        let began = Instant::now();
        let work = AssertUnwindSafe(Box::pin(self.work(job))).catch_unwind().await;
        let outcome = match &work {
            Ok(Ok(())) => "done",
            Ok(Err(_)) => "failed",
            Err(_) => "panicked",
        };
        Span::current().record("job.outcome", outcome);
        instruments::ended(job, outcome, began.elapsed(), self.place.services.now());
        match work {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(%error, "job failed; the next minute tries again");
            }
            Err(_) => tracing::error!("job panicked; the next minute tries again"),
        }
    }

    async fn work(&self, job: Job) -> Result<()> {
        let place = &self.place;
        match job {
            Job::Recover => jobs::recover::run(place).await,
            Job::SendTransactional => jobs::send_transactional::run(place).await,
            Job::Import => jobs::import::run(place).await,
            Job::Forget => jobs::forget::run(place).await,
            Job::OpenFeeds => jobs::open_feeds::run(place).await,
            Job::PublishEditions => jobs::publish_editions::run(place).await,
            Job::PlanDigests => jobs::plan_digests::run(place).await,
            Job::SendDigests => jobs::send_digests::run(place).await,
        }
    }

    /// Returns once no drain is running.
    pub(crate) async fn idle(&self) {
        for slot in self.slots.values() {
            drop(slot.running.lock().await);
        }
    }
}
