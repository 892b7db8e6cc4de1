//! Puts papers that waited for their day on its feed.

use domain::Result;
use domain::papers::opening;

use crate::workplace::Workplace;

pub(crate) async fn run(place: &Workplace) -> Result<()> {
    opening::open_due(&place.services, place.services.now()).await?;
    Ok(())
}
