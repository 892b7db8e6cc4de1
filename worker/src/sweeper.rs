//! The sweeper: one job of each kind, when the worker starts and every minute from then on.
//!
//! This is what makes every other wake-up a mere matter of speed. It goes by the local queue, so it needs no
//! Redis; a minute is counted by the service's clock. It also says that the worker runs.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::Services;
use domain::queue::{Job, JobQueue as _};
use domain::workers::Heartbeat;
use tokio_util::sync::CancellationToken;

use crate::queue::local::LocalQueue;

/// How often everything that may be due is looked at.
const EVERY: TimeDelta = TimeDelta::minutes(1);

pub(crate) async fn sweep(services: Services, local: Arc<LocalQueue>, stop: CancellationToken) {
    let heartbeat = Heartbeat::new(&services);
    loop {
        if let Err(error) = heartbeat.beat(&services).await {
            tracing::warn!(%error, "no heartbeat could be written");
        }
        for job in Job::ALL {
            local.wake(job);
        }
        let next = services.now() + EVERY;
        tokio::select! {
            () = services.clock.sleep_until(next) => {}
            () = stop.cancelled() => break,
        }
    }
    // Who dies without a word is taken for gone a few minutes later.
    if let Err(error) = heartbeat.end(&services).await {
        tracing::debug!(%error, "the heartbeat stays");
    }
}
