//! Lists of papers: their order, what narrows them, and a page of one.

use async_graphql::{Context, Enum, InputObject, Result};
use domain::papers::read::{PaperList, Scope};
use domain::papers::{PaperFilter as DomainFilter, PaperOrder as DomainOrder, taxonomy};
use futures::future::BoxFuture;

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::projection;
use crate::contract::scalars::Date;
use crate::contract::types::paper::{Paper, PaperConnection};
use crate::contract::types::{connection, paper_columns};
use graphql_server::ErrorCode;
use graphql_server::execution::inline::Inline;

/// Entries in a list of a filter.
const MAX_FILTER_LIST: usize = 100;

/// Characters in an entry of such a list.
const MAX_FILTER_ENTRY: usize = 200;

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
/// does; the exclude… lists exclude a paper if any of their entries matches. A list can have at most 100 entries, and
/// each entry costs a point.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PaperFilter {
    /// Category codes: cs.CL.
    categories: Option<Vec<String>>,
    /// Whole words or phrases in the displayed title, abstract or keywords, in any case and with or without accents.
    /// Each of their words costs a point.
    keywords: Option<Vec<String>>,
    /// Author names, in any case and with or without accents.
    authors: Option<Vec<String>>,
    /// Organization slugs or names, in any case.
    organizations: Option<Vec<String>>,
    /// Category codes that exclude a paper.
    exclude_categories: Option<Vec<String>>,
    /// Words or phrases that exclude a paper. Each of their words costs a point.
    exclude_keywords: Option<Vec<String>>,
    /// First published on this day or later.
    published_from: Option<Date>,
    /// First published on this day or earlier.
    published_to: Option<Date>,
    /// Only papers that are on a feed, or only those that are not.
    featured: Option<bool>,
    /// The minimum number of votes, local and reported.
    min_upvotes: Option<i32>,
    /// Only papers that have a repository, or only those that have none.
    has_repository: Option<bool>,
}

impl PaperFilter {
    fn checked(self) -> Result<DomainFilter> {
        let list = |name: &str, list: Option<Vec<String>>| {
            let list = list.unwrap_or_default();
            check_filter_list(&format!("filter.{name}"), &list).map(|()| list)
        };
        Ok(DomainFilter {
            categories: categories("filter.categories", &list("categories", self.categories)?)?,
            keywords: list("keywords", self.keywords)?,
            authors: list("authors", self.authors)?,
            organizations: list("organizations", self.organizations)?,
            exclude_categories: categories(
                "filter.excludeCategories",
                &list("excludeCategories", self.exclude_categories)?,
            )?,
            exclude_keywords: list("excludeKeywords", self.exclude_keywords)?,
            published_from: self.published_from.map(|day| day.0),
            published_to: self.published_to.map(|day| day.0),
            featured: self.featured,
            min_upvotes: self.min_upvotes,
            has_repository: self.has_repository,
            is_standing: false,
        })
    }
}

/// The codes of a list, as arXiv spells them.
///
/// # Errors
/// `BAD_REQUEST` with the nearest ones, if arXiv does not have one.
pub fn categories(name: &str, codes: &[String]) -> Result<Vec<String>> {
    let spelled = codes.iter().map(|code| taxonomy::checked(code).map(ToOwned::to_owned));
    spelled
        .collect::<Result<_, _>>()
        .map_err(|message| ErrorCode::BadRequest.error(format!("{name}: {message}")))
}

/// Refuses a list of a filter that is too long, or holds something that is.
///
/// # Errors
/// `BAD_REQUEST`, with the name of the list.
pub fn check_filter_list(name: &str, list: &[String]) -> Result<()> {
    if list.len() > MAX_FILTER_LIST {
        return Err(
            ErrorCode::BadRequest.error(format!("{name} can have at most {MAX_FILTER_LIST} entries."))
        );
    }
    if list.iter().any(|entry| entry.chars().count() > MAX_FILTER_ENTRY) {
        let message = format!("An entry of {name} can have at most {MAX_FILTER_ENTRY} characters.");
        return Err(ErrorCode::BadRequest.error(message));
    }
    Ok(())
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
