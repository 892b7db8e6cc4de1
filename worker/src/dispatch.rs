//! The dispatcher of wake-ups: at most one drain of each kind at a time in a process.
//!
//! A wake-up that comes while its kind is being drained makes the drain look once more; so none is lost, and
//! two never do the same work. Whatever a job does or fails at, its wake-up is done with: apalis has nothing
//! to retry, the rows still say what is due.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use domain::queue::Job;
use futures::FutureExt as _;
use tokio::sync::Mutex;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use crate::instruments::{self, RunOutcome};
use crate::job_context::JobContext;
use crate::jobs;

#[derive(Debug, Default)]
struct Slot {
    running: Mutex<()>,
    again: AtomicBool,
}

/// Runs jobs, at most one of each kind at a time.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    context: JobContext,
    slots: HashMap<Job, Slot>,
}

impl Dispatcher {
    pub(crate) fn new(context: JobContext) -> Self {
        let slots = Job::ALL.into_iter().map(|job| (job, Slot::default())).collect();
        Self { context, slots }
    }

    /// Does what a wake-up asks for. Returns once it is done, or at once if a drain of the kind is running, which then
    /// looks again.
    pub(crate) async fn run(&self, job: Job) {
        let Some(slot) = self.slots.get(&job) else { return };
        slot.again.store(true, Ordering::SeqCst);
        // Anyone who asks after the last look and before the lock is free finds the lock free below.
        while slot.again.load(Ordering::SeqCst) {
            let Ok(_running) = slot.running.try_lock() else { return };
            while slot.again.swap(false, Ordering::SeqCst) && !self.context.stop.is_cancelled() {
                self.run_in_span(job).await;
            }
            if self.context.stop.is_cancelled() {
                return;
            }
        }
    }

    async fn run_in_span(&self, job: Job) {
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
        tracing::debug!(target: crate::JOB_LOG_TARGET, job = job.name(), "started");
        let work = AssertUnwindSafe(Box::pin(jobs::run(job, &self.context))).catch_unwind().await;
        let outcome = match &work {
            Ok(Ok(())) => RunOutcome::Done,
            Ok(Err(_)) => RunOutcome::Failed,
            Err(_) => RunOutcome::Panicked,
        };
        Span::current().record("job.outcome", outcome.name());
        instruments::record_run(job, outcome, began.elapsed(), self.context.services.now());
        match work {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(%error, "job failed; it is retried within a minute");
            }
            Err(_) => tracing::error!("job panicked; it is retried within a minute"),
        }
        tracing::debug!(target: crate::JOB_LOG_TARGET, job = job.name(), "ended");
    }

    /// Returns once no drain is running.
    pub(crate) async fn wait_until_idle(&self) {
        for slot in self.slots.values() {
            drop(slot.running.lock().await);
        }
    }
}
