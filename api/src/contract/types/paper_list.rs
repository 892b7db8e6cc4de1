//! Lists of papers: their order, what narrows them, and a page of one.

use async_graphql::{Context, Enum, InputObject, Result};
use domain::papers::read::{PaperList, Scope};
use domain::papers::{PaperFilter as DomainFilter, PaperOrder as DomainOrder};
use futures::future::BoxFuture;

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::projection;
use crate::contract::scalars::Date;
use crate::contract::types::paper::{Paper, PaperConnection};
use crate::contract::types::topic_filter::{self, DigestFilterInput};
use crate::contract::types::{connection, paper_columns};
use graphql_server::execution::inline::Inline;

/// The order of a list of papers. Among equals, papers that were added later come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainOrder")]
pub enum PaperOrder {
    /// The latest publication first.
    Newest,
    /// The most votes first.
    Upvotes,
    /// The most comments first.
    Comments,
    /// The highest trending score first.
    Trending,
}

/// A filter for papers. All fields must match; an empty list matches every paper. A list matches if any of its entries
/// does; the exclude… lists exclude a paper if any of their entries matches. A list can have at most 100 entries of at
/// most 200 characters. Each entry costs a point, and of a phrase each of its words.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PaperFilter {
    #[graphql(flatten)]
    topics: DigestFilterInput,
    /// First published on this day or later.
    published_from: Option<Date>,
    /// First published on this day or earlier.
    published_to: Option<Date>,
    /// Only papers that are on a feed, or only those that are not.
    featured: Option<bool>,
    /// Only papers that have a repository, or only those that have none.
    has_repository: Option<bool>,
}

impl PaperFilter {
    pub(crate) fn checked(self) -> Result<DomainFilter> {
        let Self { topics, published_from, published_to, featured, has_repository } = self;
        Ok(DomainFilter {
            topics: topic_filter::checked("filter.", &topics.into())?,
            published_from: published_from.map(|day| day.0),
            published_to: published_to.map(|day| day.0),
            featured,
            has_repository,
            is_standing: false,
        })
    }
}

/// A page of a list of papers.
///
/// Boxed: the executor moves a future as large as that of the largest field, for every field of every object.
pub fn list<'a>(
    ctx: &'a Context<'a>,
    scope: Scope,
    filter: Option<PaperFilter>,
    order: PaperOrder,
    page: PageArguments,
) -> BoxFuture<'a, Result<Inline<PaperConnection>>> {
    Box::pin(async move {
        let lookup = ctx.services().db.backend().into();
        let filter = filter.unwrap_or_default().checked()?;
        let list = PaperList { scope, filter, order: order.into(), lookup };
        let columns = projection::of_nodes(&ctx.item.node, paper_columns::columns);
        let page = connection::page(ctx, list, page, columns, |row| Paper(row.into())).await?;
        Ok(Inline(PaperConnection(page)))
    })
}
