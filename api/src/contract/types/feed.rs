//! A feed: the papers of a day, a week or a month, with the way to its neighbours.

use async_graphql::{Context, Object, Result};
use domain::calendar::Period;
use domain::feeds;
use domain::feeds::completeness::Completeness;
use domain::papers::read::Scope;
use domain::sources::schedule::settle;

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::error::into_graphql;
use crate::contract::scalars::{Date, FeedPeriod};
use crate::contract::types::paper::PaperConnection;
use crate::contract::types::paper_list::{PaperFilter, PaperOrder, list};
use crate::contract::types::source::SourceName;
use graphql_server::execution::inline::Inline;

/// The featured papers of one day, week or month, with links to the neighbouring periods.
#[derive(Clone, Copy, Debug)]
pub struct Feed(pub Period);

/// The featured papers of one day, week or month, with links to the neighbouring periods.
#[Object]
impl Feed {
    /// The period.
    async fn period(&self) -> FeedPeriod {
        FeedPeriod(self.0)
    }

    /// The first day of the period.
    async fn starts_on(&self) -> Date {
        Date(self.0.starts_on())
    }

    /// The last day of the period, inclusive.
    async fn ends_on(&self) -> Date {
        Date(self.0.ends_on())
    }

    /// False while sources may still add papers. A period is complete once every source that is read by schedule was read
    /// after its end and agreed with itself, and at its deadline at the latest.
    async fn is_complete(&self, ctx: &Context<'_>) -> Result<bool> {
        let services = ctx.services();
        let completeness =
            Completeness::load(services.db.read(), &services.settings.calendar, services.now()).await;
        Ok(completeness.map_err(into_graphql)?.is_complete(self.0, services.now()))
    }

    /// The sources whose reading it waits for, while it is not complete.
    async fn waiting_for(&self, ctx: &Context<'_>) -> Result<Vec<SourceName>> {
        let waiting = settle::waiting_for(ctx.services(), self.0).await.map_err(into_graphql)?;
        Ok(waiting.into_iter().map(SourceName::from).collect())
    }

    /// The nearest earlier period of the same length that has papers.
    async fn previous(&self, ctx: &Context<'_>) -> Result<Option<FeedPeriod>> {
        let period = feeds::read::previous(ctx.services().db.read(), self.0).await.map_err(into_graphql)?;
        Ok(period.map(FeedPeriod))
    }

    /// The nearest later period of the same length that has papers.
    async fn next(&self, ctx: &Context<'_>) -> Result<Option<FeedPeriod>> {
        let period = feeds::read::next(ctx.services().db.read(), self.0).await.map_err(into_graphql)?;
        Ok(period.map(FeedPeriod))
    }

    /// Its papers. The feed's own order breaks ties.
    #[expect(clippy::too_many_arguments, reason = "the arguments are those of the contract")]
    async fn papers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A filter for the papers. All papers match if it is omitted.")] filter: Option<
            PaperFilter,
        >,
        #[graphql(desc = "The order of the papers.", default_with = "PaperOrder::Upvotes")]
        order_by: PaperOrder,
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
    ) -> Result<Inline<PaperConnection>> {
        let page = PageArguments { first, after, last, before };
        list(ctx, Scope::Period(self.0), filter, order_by, page).await
    }
}
