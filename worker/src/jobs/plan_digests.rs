//! Plans the digests that are due, and has them sent.

use domain::Result;
use domain::delivery::{plan, zone_data};
use domain::queue::Job;

use crate::workplace::Workplace;

pub(crate) async fn run(place: &Workplace) -> Result<()> {
    zone_data::renew(&place.services).await?;
    let moved = plan::plan_due(&place.services).await?;
    if moved > 0 {
        tracing::info!(subscriptions = moved, "digests planned");
    }
    place.wake(Job::SendDigests);
    Ok(())
}
