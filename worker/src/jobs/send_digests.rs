//! Sends digests that are due.

use domain::Result;
use domain::outbox::Lane;
use domain::queue::Job;

use crate::workplace::Workplace;

pub(crate) async fn run(place: &Workplace) -> Result<()> {
    if let Some(until) = place.post_office.drain(Lane::Digests, &place.stop).await? {
        place.wake_at(Job::SendDigests, until);
    }
    Ok(())
}
