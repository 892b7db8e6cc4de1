//! What a job works with, and how it asks for the next one.

use std::sync::Arc;

use domain::Services;
use domain::delivery::send::queue_manager::QueueManager;
use domain::queue::{Job, JobQueue as _};
use tokio_util::sync::CancellationToken;

use crate::queue::local::LocalQueue;

/// What a job works with.
#[derive(Debug)]
pub(crate) struct Workplace {
    pub(crate) services: Services,
    pub(crate) post_office: QueueManager,
    pub(crate) local: Arc<LocalQueue>,
    pub(crate) stop: CancellationToken,
}

impl Workplace {
    /// Asks for a job here, at once, and of the other workers.
    pub(crate) fn wake(&self, job: Job) {
        self.local.wake(job);
        self.services.wake(job);
    }

    /// Asks for a job here, later.
    pub(crate) fn wake_at(&self, job: Job, at: chrono::DateTime<chrono::Utc>) {
        let (clock, local, stop) = (self.services.clock.clone(), self.local.clone(), self.stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = clock.sleep_until(at) => local.wake(job),
                () = stop.cancelled() => {}
            }
        });
    }
}
