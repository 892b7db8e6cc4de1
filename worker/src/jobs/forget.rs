//! Forgets what is past keeping.

use domain::{Result, retention};

use crate::workplace::Workplace;

pub(crate) async fn run(place: &Workplace) -> Result<()> {
    retention::forget(&place.services).await
}
