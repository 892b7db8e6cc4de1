//! The archive of digests.

use async_graphql::{Context, Object, Result};
use domain::editions::read;

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::error::into_graphql;
use crate::contract::scalars::FeedPeriod;
use crate::contract::types::edition::{Cadence, Edition, EditionConnection, list};

#[derive(Default)]
pub struct EditionQuery;

#[Object]
impl EditionQuery {
    /// The public archive of digests, the latest first, of one cadence or of all.
    async fn editions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only editions of this cadence.")] cadence: Option<Cadence>,
        #[graphql(
            desc = "The number of entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor after which the entries begin.")] after: Option<String>,
        #[graphql(
            desc = "The number of entries from the end, or before `before`: 0 to 100. It cannot be combined with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the entries end.")] before: Option<String>,
    ) -> Result<Option<EditionConnection>> {
        list(ctx, cadence, PageArguments { first, after, last, before }).await.map(Some)
    }

    /// The edition of one period, or null if it has none.
    async fn edition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cadence of the edition.")] cadence: Cadence,
        #[graphql(desc = "The day, ISO week or month.")] period: FeedPeriod,
    ) -> Result<Option<Edition>> {
        if period.0.cadence() != cadence.into() {
            return Ok(None);
        }
        let row = read::by_period(ctx.services().db.read(), period.0).await.map_err(into_graphql)?;
        Ok(row.map(Edition))
    }
}
