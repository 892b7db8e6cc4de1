//! The sweeper: one job of each kind, when the worker starts and every minute from then on.
//!
//! Nothing depends on any other wake-up: those only save time. The sweeper uses the local queue, so it needs no Redis; it
//! counts a minute by the service's clock. It also writes the heartbeat of the worker.

use std::sync::Arc;

use domain::Services;
use domain::queue::{Job, JobQueue as _};
use domain::workers::Heartbeat;
use tokio_util::sync::CancellationToken;

use crate::job_context::SWEEP_INTERVAL;
use crate::queue::local::LocalQueue;

/// Asks for every job until `stop` is cancelled.
pub(crate) async fn sweep(services: Services, local: Arc<LocalQueue>, stop: CancellationToken) {
    let heartbeat = Heartbeat::new(&services);
    loop {
        if let Err(error) = heartbeat.beat(&services).await {
            tracing::warn!(%error, "no heartbeat could be written");
        }
        // Read before: a job that is woken goes by this instant or a later one.
        let now = services.now();
        for job in Job::ALL {
            local.wake(job);
        }
        tracing::debug!(target: crate::JOB_LOG_TARGET, %now, "swept");
        tokio::select! {
            () = services.clock.sleep_until(now + SWEEP_INTERVAL) => {}
            () = stop.cancelled() => break,
        }
    }
    // Who dies without a word counts as gone a few minutes later.
    if let Err(error) = heartbeat.end(&services).await {
        tracing::debug!(%error, "the heartbeat could not be removed");
    }
}
