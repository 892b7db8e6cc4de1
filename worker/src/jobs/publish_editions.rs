//! Publishes the editions of complete periods.

use domain::Result;
use domain::editions::publish;

use crate::workplace::Workplace;

pub(crate) async fn run(place: &Workplace) -> Result<()> {
    publish::publish_due(&place.services).await?;
    Ok(())
}
