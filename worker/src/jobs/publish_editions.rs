//! Publishes the editions of complete periods.
//!
//! Always: papers that waited for a day are on its feed before its edition is published: after a rest both are due at once,
//! and both are asked for the same moment.

use domain::Result;
use domain::editions::publish;
use domain::papers::opening;

use crate::workplace::Workplace;

pub(crate) async fn run(place: &Workplace) -> Result<()> {
    let now = place.services.now();
    opening::open_due(&place.services, now).await?;
    publish::publish_due(&place.services, now).await?;
    Ok(())
}
