//! Forgets what is past keeping, and makes what older versions did not keep.

use domain::community::comments;
use domain::{Result, retention};

use crate::workplace::Workplace;

pub(crate) async fn run(place: &Workplace) -> Result<()> {
    retention::forget(&place.services).await?;
    comments::fill_html(&place.services).await.map(drop)
}
