//! The worker: apalis carries wake-ups to it, the database holds the work.
//!
//! Two queues lead here. The local one (apalis' memory backend) is always there: the sweeper asks through it
//! for one job of each kind every minute, so that nothing depends on a wake-up having arrived. With Redis
//! there is a second one (apalis' Redis backend), for wake-ups from other processes. Both end in
//! [`dispatch`], which runs one drain of each kind at a time. Beside them stands the adapter that carries live
//! [`events`] between processes over the same Redis.

mod dispatch;
pub mod events;
pub mod instruments;
mod job_context;
mod jobs;
pub mod queue;
mod redis_connection;
mod sweeper;

use std::sync::Arc;
use std::time::Duration;

use domain::Services;
use domain::search::Model;
use tokio_util::sync::CancellationToken;

use dispatch::Dispatcher;
use job_context::JobContext;
use queue::RunJob;
use queue::local::LocalQueue;
use queue::redis::RedisQueue;

/// The target of log lines that tell when a job is woken, started and ended: `log = "info,worker::jobs=debug"`.
const JOB_LOG_TARGET: &str = "worker::jobs";

/// The time limit for the orderly end of a drain.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// The time limit for the end of the sweeper and of each carrier of wake-ups.
const CARRIER_TIMEOUT: Duration = Duration::from_secs(5);

/// Works until `stop` is cancelled, then lets what is under way come to an end.
pub async fn run(
    services: Services,
    model: Option<Arc<Model>>,
    local: Arc<LocalQueue>,
    redis: Option<Arc<RedisQueue>>,
    stop: CancellationToken,
) {
    let context = JobContext::new(services.clone(), model, local.clone(), stop.clone());
    let dispatcher = Arc::new(Dispatcher::new(context));
    let run_job: RunJob = {
        let dispatcher = dispatcher.clone();
        Arc::new(move |job| {
            let dispatcher = dispatcher.clone();
            Box::pin(async move { dispatcher.run(job).await })
        })
    };
    let sweeping = tokio::spawn(sweeper::sweep(services, local.clone(), stop.clone()));
    let mut carriers = vec![tokio::spawn(queue::local::work(local, run_job.clone(), stop.clone()))];
    if let Some(redis) = redis {
        carriers.push(tokio::spawn(queue::redis::work(redis, run_job, stop.clone())));
    }
    stop.cancelled().await;
    if tokio::time::timeout(DRAIN_TIMEOUT, dispatcher.wait_until_idle()).await.is_err() {
        tracing::warn!("a job did not end in time; its claims are released when their leases expire");
    }
    let _ = tokio::time::timeout(CARRIER_TIMEOUT, sweeping).await;
    for carrier in carriers {
        // Carriers only wait for apalis to say good-bye; nothing is lost without it.
        let _ = tokio::time::timeout(CARRIER_TIMEOUT, carrier).await;
    }
}
