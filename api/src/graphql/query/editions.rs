//! The archive of digests.

use async_graphql::{Context, Object, Result};
use domain::editions::read;

use crate::graphql::context::ContextExt as _;
use crate::graphql::cursor::PageArguments;
use crate::graphql::error::convert;
use crate::graphql::scalars::FeedPeriod;
use crate::graphql::types::edition::{Cadence, Edition, EditionConnection, list};

#[derive(Default)]
pub struct EditionQuery;

#[Object]
impl EditionQuery {
    /// The public archive of the digests that went out, the latest first; of one cadence or of all.
    async fn editions(
        &self,
        ctx: &Context<'_>,
        cadence: Option<Cadence>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<EditionConnection>> {
        list(ctx, cadence, PageArguments { first, after, last, before }).await.map(Some)
    }

    /// The edition of one period, or null where it has none.
    async fn edition(
        &self,
        ctx: &Context<'_>,
        cadence: Cadence,
        period: FeedPeriod,
    ) -> Result<Option<Edition>> {
        if period.0.cadence() != cadence.into() {
            return Ok(None);
        }
        let row = read::by_period(ctx.services().db.read(), period.0).await.map_err(convert)?;
        Ok(row.map(Edition))
    }
}
