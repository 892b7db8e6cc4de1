//! The work of each kind of job.
//!
//! Always: a job goes on until nothing is due, and may find nothing.

use std::time::Instant;

use domain::delivery::claim::recover;
use domain::digests::{plan, tzdb};
use domain::editions::publish;
use domain::outbox::Lane;
use domain::papers::{opening, rewording};
use domain::queue::Job;
use domain::search::embed;
use domain::sources::{imports, schedule};
use domain::{Result, retention};

use crate::job_context::{JobContext, SWEEP_INTERVAL};

/// Does the work of a job.
pub(crate) async fn run(job: Job, context: &JobContext) -> Result<()> {
    match job {
        Job::Recover => recover_claims(context).await,
        Job::SendTransactional => send(job, Lane::Transactional, context).await,
        Job::Import => imports::jobs::drain(&context.services, &context.stop).await,
        Job::ReadSources => Box::pin(read_sources(context)).await,
        Job::OpenFeeds => opening::open_due(&context.services, context.services.now()).await.map(drop),
        Job::PublishEditions => publish_editions(context).await,
        Job::PlanDigests => plan_digests(context).await,
        Job::SendDigests => send(job, Lane::Digests, context).await,
        Job::Forget => retention::forget(&context.services).await,
        Job::EmbedPapers => match &context.model {
            Some(model) => embed::drain(&context.services, model, &context.stop).await,
            None => Ok(()),
        },
    }
}

/// Gives back what a worker that died had claimed.
async fn recover_claims(context: &JobContext) -> Result<()> {
    if recover::recover(&context.services).await? > 0 {
        context.wake(Job::SendTransactional);
        context.wake(Job::SendDigests);
    }
    Ok(())
}

/// Sends the mail of a lane that is due, and asks for the job again if the lane is held back.
async fn send(job: Job, lane: Lane, context: &JobContext) -> Result<()> {
    if let Some(until) = context.queue_manager.drain(lane, &context.stop).await? {
        context.wake_at(job, until);
    }
    Ok(())
}

/// Reads the sources that are due, and asks for the job again when the next one is, if that is within a minute: after
/// that the sweeper asks.
async fn read_sources(context: &JobContext) -> Result<()> {
    let next = Box::pin(schedule::drain(&context.services, &context.stop)).await?;
    let now = context.services.now();
    if let Some(at) = next.filter(|&at| at < now + SWEEP_INTERVAL) {
        context.wake_at(Job::ReadSources, at.max(now));
    }
    Ok(())
}

/// Publishes the editions of complete periods.
///
/// Always: papers that waited for a day are on its feed before its edition is published. After a pause both are due at
/// once, and both are asked for the same moment.
async fn publish_editions(context: &JobContext) -> Result<()> {
    let now = context.services.now();
    opening::open_due(&context.services, now).await?;
    publish::publish_due(&context.services, now).await?;
    Ok(())
}

/// Plans the digests that are due, and has them sent.
///
/// Always: papers that waited for a day are on its feed before digests are planned, also if both are due at the same moment.
async fn plan_digests(context: &JobContext) -> Result<()> {
    tzdb::renew(&context.services).await?;
    let now = context.services.now();
    opening::open_due(&context.services, now).await?;
    rewording::renew(&context.services).await?;
    let began = Instant::now();
    let planned = plan::plan_due(&context.services, now).await;
    // Also if it failed: what was planned before is there.
    context.wake(Job::SendDigests);
    let moved = planned?;
    if moved > 0 {
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(subscriptions = moved, took_ms, "digests planned");
    }
    Ok(())
}
