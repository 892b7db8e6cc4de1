//! Plans the digests that are due, and has them sent.

use std::time::Instant;

use domain::Result;
use domain::digests::{plan, tzdb};
use domain::papers::opening;
use domain::papers::rewording;
use domain::queue::Job;

use crate::workplace::Workplace;

pub(crate) async fn run(place: &Workplace) -> Result<()> {
    tzdb::renew(&place.services).await?;
    // What waited for its day is to be among what is chosen: on a feed at the very moment at which digests are due.
    let now = place.services.now();
    opening::open_due(&place.services, now).await?;
    rewording::renew(&place.services).await?;
    let began = Instant::now();
    let planned = plan::plan_due(&place.services, now).await;
    // Also where it failed: what was planned before is there.
    place.wake(Job::SendDigests);
    let moved = planned?;
    if moved > 0 {
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(subscriptions = moved, took_ms, "digests planned");
    }
    Ok(())
}
