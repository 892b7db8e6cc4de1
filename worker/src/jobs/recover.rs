//! Gives back what a worker that died had claimed.

use domain::Result;
use domain::delivery::claim::recover;
use domain::queue::Job;

use crate::workplace::Workplace;

pub(crate) async fn run(place: &Workplace) -> Result<()> {
    if recover::recover(&place.services).await? > 0 {
        place.wake(Job::SendTransactional);
        place.wake(Job::SendDigests);
    }
    Ok(())
}
