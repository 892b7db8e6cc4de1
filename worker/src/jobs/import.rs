//! Does the imports that administrators started.

use domain::Result;
use domain::sources::import_jobs;

use crate::workplace::Workplace;

pub(crate) async fn run(place: &Workplace) -> Result<()> {
    import_jobs::drain(&place.services, &place.stop).await
}
