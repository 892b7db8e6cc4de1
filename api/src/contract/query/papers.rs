//! Papers, feeds, organizations and categories.

use async_graphql::{Context, Object, Result};
use domain::calendar::Period;
use domain::feeds;
use domain::papers::read::{self, Scope};
use domain::papers::{ArxivId, organizations, topics};
use domain::sources::lookup::{self, Asker, Lookup};

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::error::into_graphql;
use crate::contract::projection;
use crate::contract::scalars::FeedPeriod;
use crate::contract::types::category::Category;
use crate::contract::types::feed::Feed;
use crate::contract::types::organization::Organization;
use crate::contract::types::paper::{Paper, PaperConnection};
use crate::contract::types::paper_columns;
use crate::contract::types::paper_list::{PaperFilter, PaperOrder, list};
use graphql_server::execution::inline::Inline;

#[derive(Default)]
pub struct PaperQuery;

#[Object]
impl PaperQuery {
    /// A paper by arXiv identifier: 2006.10029, 2006.10029v2, hep-th/9901001, arXiv:2006.10029 or an arXiv URL. If the
    /// setting `arxiv_lookups_per_hour` allows it, a paper that is not known is looked up at arXiv, unless the query came
    /// by GET.
    async fn paper(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The arXiv identifier, with or without a version: 2601.00001.")] arxiv_id: String,
    ) -> Result<Option<Inline<Paper>>> {
        let Some(id) = ArxivId::parse(&arxiv_id) else { return Ok(None) };
        let columns = projection::of_object(&ctx.item.node, paper_columns::columns);
        let read = || read::by_arxiv_id(ctx.services().db.read(), &id, ctx.sight(), columns);
        let mut found = read().await.map_err(into_graphql)?;
        if found.is_none() && ctx.may_change() {
            let asker = if ctx.viewer().is_some() { Asker::Person } else { Asker::Anyone };
            let looked_up = lookup::look_up(ctx.services(), &id, asker).await.map_err(into_graphql)?;
            if let Lookup::Found(_) = looked_up {
                found = read().await.map_err(into_graphql)?;
            }
        }
        Ok(found.map(|row| Inline(Paper(row.into()))))
    }

    /// The papers featured in one period. Without a period, it is the latest day with papers, or null if there is none.
    async fn feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The day, ISO week or month; the latest day with papers if it is omitted.")] period: Option<FeedPeriod>,
    ) -> Result<Option<Inline<Feed>>> {
        if let Some(FeedPeriod(period)) = period {
            return Ok(Some(Inline(Feed(period))));
        }
        let day = feeds::read::latest_day(ctx.services().db.read()).await.map_err(into_graphql)?;
        let daily = |day| Period::containing(domain::entity::enums::Cadence::Daily, day);
        Ok(day.map(|day| Inline(Feed(daily(day)))))
    }

    /// All papers, featured or not.
    #[expect(clippy::too_many_arguments, reason = "the arguments are those of the contract")]
    async fn papers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A filter for the papers. All papers match if it is omitted.")] filter: Option<
            PaperFilter,
        >,
        #[graphql(desc = "The order of the papers.", default_with = "PaperOrder::Newest")]
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
    ) -> Result<Option<Inline<PaperConnection>>> {
        let page = PageArguments { first, after, last, before };
        list(ctx, Scope::All, filter, order_by, page).await.map(Some)
    }

    /// The trending papers, by the score that Paper.trending explains.
    async fn trending(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A filter for the papers. All papers match if it is omitted.")] filter: Option<
            PaperFilter,
        >,
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
    ) -> Result<Option<Inline<PaperConnection>>> {
        let page = PageArguments { first, after, last, before };
        list(ctx, Scope::All, filter, PaperOrder::Trending, page).await.map(Some)
    }

    /// The categories of papers here, by code.
    async fn categories(&self, ctx: &Context<'_>) -> Result<Option<Vec<Category>>> {
        let found = topics::all_categories(ctx.services().db.read()).await.map_err(into_graphql)?;
        Ok(Some(found.into_iter().map(Category::from).collect()))
    }

    /// A category by its code, if papers here have it: cs.CL.
    async fn category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code of the category: cs.CL.")] code: String,
    ) -> Result<Option<Category>> {
        let found = topics::category_by_code(ctx.services().db.read(), &code).await.map_err(into_graphql)?;
        Ok(found.map(Category::from))
    }

    /// An organization by its slug.
    async fn organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The slug of the organization.")] slug: String,
    ) -> Result<Option<Inline<Organization>>> {
        let found = organizations::by_slug(ctx.services().db.read(), &slug).await.map_err(into_graphql)?;
        Ok(found.map(Organization::from).map(Inline))
    }
}
