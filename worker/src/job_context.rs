//! The context of a job: the services that it uses, and its ways to ask for another job.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::Services;
use domain::delivery::send::queue_manager::QueueManager;
use domain::queue::{Job, JobQueue as _};
use domain::search::Model;
use tokio_util::sync::CancellationToken;

use crate::queue::local::LocalQueue;

/// How often the sweeper asks for each job.
pub(crate) const SWEEP_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// The services that jobs use in a worker.
#[derive(Debug)]
pub(crate) struct JobContext {
    pub(crate) services: Services,
    pub(crate) queue_manager: QueueManager,
    /// The model that vectors are made by; `None`: this worker makes none.
    pub(crate) model: Option<Arc<Model>>,
    pub(crate) local: Arc<LocalQueue>,
    pub(crate) stop: CancellationToken,
}

impl JobContext {
    pub(crate) fn new(
        services: Services,
        model: Option<Arc<Model>>,
        local: Arc<LocalQueue>,
        stop: CancellationToken,
    ) -> Self {
        Self { queue_manager: QueueManager::new(services.clone()), model, services, local, stop }
    }

    /// Asks for a job in this worker, at once, and in the other ones.
    pub(crate) fn wake(&self, job: Job) {
        self.local.wake(job);
        self.services.wake(job);
    }

    /// Asks for a job in this worker, later.
    pub(crate) fn wake_at(&self, job: Job, at: DateTime<Utc>) {
        let (clock, local, stop) = (self.services.clock.clone(), self.local.clone(), self.stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = clock.sleep_until(at) => local.wake(job),
                () = stop.cancelled() => {}
            }
        });
    }
}
