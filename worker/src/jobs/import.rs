//! Does the imports that administrators started.

use domain::Result;
use domain::sources::orders;

use crate::workplace::Workplace;

pub(crate) async fn run(place: &Workplace) -> Result<()> {
    orders::drain(&place.services, &place.stop).await
}
