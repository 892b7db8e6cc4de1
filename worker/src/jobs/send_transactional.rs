//! Sends confirmation, manage and test mail that is due.

use domain::Result;
use domain::outbox::Lane;
use domain::queue::Job;

use crate::workplace::Workplace;

pub(crate) async fn run(place: &Workplace) -> Result<()> {
    if let Some(until) = place.post_office.drain(Lane::Transactional, &place.stop).await? {
        place.wake_at(Job::SendTransactional, until);
    }
    Ok(())
}
