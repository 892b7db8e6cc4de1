//! Papers, their authors, organizations and categories.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use domain::entity::{category, organization};
use domain::papers::Listed;
use domain::papers::read::{PaperList, Scope, author_scope};
use domain::papers::{ArxivId, PaperFilter as DomainFilter, PaperOrder as DomainOrder, ranking};

use crate::graphql::context::ContextExt as _;
use crate::graphql::cursor::{CursorKind, PageArguments};
use crate::graphql::error::{Code, convert};
use crate::graphql::ids::NodeType;
use crate::graphql::loaders::{CategoriesOf, KeywordsOf, OrganizationKey, failed};
use crate::graphql::scalars::{Date, DateTime, Url};

use super::connection::{Paged, connection};

/// Names in a list of authors at most.
const MAX_AUTHORS: i32 = 100;

/// Entries in a list of a filter.
const MAX_FILTER_LIST: usize = 100;

/// Characters in an entry of such a list.
const MAX_FILTER_ENTRY: usize = 200;

/// A paper, featured or not.
#[derive(Clone, Debug)]
pub struct Paper(pub Listed);

connection!(PaperConnection, PaperEdge, Paper, "papers");

/// A paper, featured or not.
#[Object]
impl Paper {
    /// Its identifier, unique across all types.
    pub async fn id(&self) -> ID {
        NodeType::Paper.id(self.0.paper.id)
    }

    /// Without a version: 2006.10029. Null for a paper that is not on arXiv.
    async fn arxiv_id(&self) -> Option<&str> {
        self.0.paper.arxiv_id.as_deref()
    }

    /// Stable and readable, for URLs: the arXiv identifier, else made from the title.
    async fn slug(&self) -> &str {
        &self.0.paper.slug
    }

    /// The title, line breaks removed.
    async fn title(&self) -> &str {
        &self.0.paper.title
    }

    /// The authors' abstract, line breaks removed.
    async fn r#abstract(&self) -> &str {
        &self.0.paper.r#abstract
    }

    /// One or two sentences, where the source gives them.
    async fn summary(&self) -> Option<&str> {
        self.0.paper.summary.as_deref()
    }

    /// In the order of the paper. first is 0 to 100.
    async fn authors(&self, #[graphql(default = 20)] first: i32) -> Result<Vec<Author>> {
        let first = usize::try_from(first)
            .ok()
            .filter(|_| first <= MAX_AUTHORS)
            .ok_or_else(|| Code::BadRequest.error(format!("first is {first}; it is 0 to {MAX_AUTHORS}.")))?;
        Ok(self.0.paper.authors.0.iter().take(first).map(|name| Author { name: name.clone() }).collect())
    }

    /// The number that the source states, which can exceed the authors it names.
    async fn author_count(&self) -> i32 {
        self.0.paper.author_count
    }

    /// The institution, where one is named.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        let Some(id) = self.0.paper.organization_id else { return Ok(None) };
        let row = ctx.loader().load_one(OrganizationKey(id)).await.map_err(failed)?;
        Ok(row.map(Organization))
    }

    /// The primary category first.
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>> {
        let rows = ctx.loader().load_one(CategoriesOf(self.0.paper.id)).await.map_err(failed)?;
        Ok(rows.unwrap_or_default().into_iter().map(Category::from).collect())
    }

    /// What the paper is about, in free words.
    async fn keywords(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let names = ctx.loader().load_one(KeywordsOf(self.0.paper.id)).await.map_err(failed)?;
        Ok(names.unwrap_or_default())
    }

    /// The day of the first version.
    async fn published_on(&self) -> Date {
        Date(self.0.paper.published_on)
    }

    /// The day of the latest version, where it is known.
    async fn updated_on(&self) -> Option<Date> {
        self.0.paper.updated_on.map(Date)
    }

    /// The day whose feed shows it, or null. Set once.
    async fn featured_on(&self) -> Option<Date> {
        self.0.feature.as_ref().map(|feature| Date(feature.day))
    }

    /// Its page on this service.
    async fn url(&self, ctx: &Context<'_>) -> Url {
        Url(ctx.services().settings.link(&format!("papers/{}", self.0.paper.slug)))
    }

    /// Its page at arXiv.
    async fn arxiv_url(&self) -> Option<Url> {
        self.arxiv().map(|id| Url(id.abstract_url()))
    }

    /// The paper itself at arXiv.
    async fn pdf_url(&self) -> Option<Url> {
        self.arxiv().map(|id| Url(id.pdf_url()))
    }

    /// The authors' page on it.
    async fn project_url(&self) -> Option<Url> {
        self.0.paper.project_url.clone().map(Url)
    }

    /// Its source code.
    async fn repository_url(&self) -> Option<Url> {
        self.0.paper.repository_url.clone().map(Url)
    }

    /// Stars of the repository, as the source reported them.
    async fn repository_stars(&self) -> Option<i32> {
        self.0.paper.repository_stars
    }

    /// A picture.
    async fn thumbnail_url(&self) -> Option<Url> {
        self.0.paper.thumbnail_url.clone().map(Url)
    }

    /// Its digital object identifier.
    async fn doi(&self) -> Option<&str> {
        self.0.paper.doi.as_deref()
    }

    /// The day on which its authors withdrew it, or null.
    async fn withdrawn_on(&self) -> Option<Date> {
        self.0.paper.withdrawn_on.map(Date)
    }

    /// Votes given here plus those that its source reported.
    async fn upvote_count(&self) -> i32 {
        self.upvotes()
    }

    /// Comments written here plus those that its source reported.
    async fn comment_count(&self) -> i32 {
        self.comments()
    }

    /// Why it stands where it stands in trending.
    async fn trending(&self) -> TrendingScore {
        let feature = self.0.feature.as_ref().map(|feature| feature.featured_at);
        TrendingScore {
            score: ranking::shown(self.0.paper.trending),
            upvotes: self.upvotes(),
            comments: self.comments(),
            since: DateTime(ranking::since(feature, self.0.paper.published_on)),
        }
    }
}

impl Paper {
    fn arxiv(&self) -> Option<ArxivId> {
        self.0.paper.arxiv_id.as_deref().and_then(ArxivId::parse)
    }

    fn upvotes(&self) -> i32 {
        self.0.paper.source_upvotes.saturating_add(self.0.paper.upvotes)
    }

    fn comments(&self) -> i32 {
        self.0.paper.source_comments.saturating_add(self.0.paper.comments)
    }
}

/// The parts of a paper's trending score; docs/ranking.md has the formula.
#[derive(SimpleObject)]
pub struct TrendingScore {
    /// The score: the higher, the further up.
    score: f64,
    /// All votes, local and reported.
    upvotes: i32,
    /// All comments, local and reported.
    comments: i32,
    /// The instant that its age counts from: when it was featured, else the day it was published.
    since: DateTime,
}

/// A name as it stands on papers; two people of one name are one here.
#[derive(Clone, Debug)]
pub struct Author {
    name: String,
}

/// A name as it stands on papers; two people of one name are one here.
#[Object]
impl Author {
    /// The name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// The papers that bear the name, the newest first.
    async fn papers(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<PaperConnection> {
        let page = PageArguments { first, after, last, before };
        list(ctx, author_scope(&self.name), None, PaperOrder::Newest, &page).await
    }
}

/// An institution that papers name.
#[derive(Clone, Debug)]
pub struct Organization(pub organization::Model);

/// An institution that papers name.
#[Object]
impl Organization {
    /// Its identifier, unique across all types.
    pub async fn id(&self) -> ID {
        NodeType::Organization.id(self.0.id)
    }

    /// Unique, for URLs.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The name as shown.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where its logo is.
    async fn logo_url(&self) -> Option<Url> {
        self.0.logo_url.clone().map(Url)
    }

    /// Its papers.
    async fn papers(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "PaperOrder::Newest")] order_by: PaperOrder,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<PaperConnection> {
        let page = PageArguments { first, after, last, before };
        list(ctx, Scope::Organization(self.0.id), None, order_by, &page).await
    }
}

/// An arXiv category: cs.CL, Computation and Language.
#[derive(Clone, Debug, SimpleObject)]
pub struct Category {
    /// The code: cs.CL.
    code: String,
    /// The name: Computation and Language.
    name: String,
}

impl From<category::Model> for Category {
    fn from(row: category::Model) -> Self {
        Self { code: row.code, name: row.name }
    }
}

/// The order of a list of papers; what was added later comes first among equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainOrder")]
pub enum PaperOrder {
    /// The latest first version first.
    Newest,
    /// The most votes first.
    Upvotes,
    /// The most comments first.
    Comments,
    /// The highest trending score first.
    Trending,
}

/// Every field narrows; an empty list does not. Lists are any-of, but for exclude…, which drop a paper on
/// any match. A list has at most 100 entries.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PaperFilter {
    /// Category codes: cs.CL.
    categories: Option<Vec<String>>,
    /// Words or phrases, found whole and in any case in the title, the abstract and the keywords.
    keywords: Option<Vec<String>>,
    /// Author names, in any case.
    authors: Option<Vec<String>>,
    /// Organization slugs or names, in any case.
    organizations: Option<Vec<String>>,
    /// Category codes that drop a paper.
    exclude_categories: Option<Vec<String>>,
    /// Words or phrases that drop a paper.
    exclude_keywords: Option<Vec<String>>,
    /// First published on this day or later.
    published_from: Option<Date>,
    /// First published on this day or earlier.
    published_to: Option<Date>,
    /// Only papers that are on a feed, or only those that are not.
    featured: Option<bool>,
    /// At least so many votes, local and reported.
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
            categories: list("categories", self.categories)?,
            keywords: list("keywords", self.keywords)?,
            authors: list("authors", self.authors)?,
            organizations: list("organizations", self.organizations)?,
            exclude_categories: list("excludeCategories", self.exclude_categories)?,
            exclude_keywords: list("excludeKeywords", self.exclude_keywords)?,
            published_from: self.published_from.map(|day| day.0),
            published_to: self.published_to.map(|day| day.0),
            featured: self.featured,
            min_upvotes: self.min_upvotes,
            has_repository: self.has_repository,
        })
    }
}

/// Refuses a list of a filter that is too long, or holds something that is.
///
/// # Errors
/// `BAD_REQUEST`, with the name of the list.
pub fn check_filter_list(name: &str, list: &[String]) -> Result<()> {
    if list.len() > MAX_FILTER_LIST {
        return Err(Code::BadRequest.error(format!("{name} has more than {MAX_FILTER_LIST} entries.")));
    }
    if list.iter().any(|entry| entry.chars().count() > MAX_FILTER_ENTRY) {
        let message = format!("An entry of {name} has more than {MAX_FILTER_ENTRY} characters.");
        return Err(Code::BadRequest.error(message));
    }
    Ok(())
}

/// A page of a list of papers.
pub async fn list(
    ctx: &Context<'_>,
    scope: Scope,
    filter: Option<PaperFilter>,
    order: PaperOrder,
    page: &PageArguments,
) -> Result<PaperConnection> {
    let list = PaperList { scope, filter: filter.unwrap_or_default().checked()?, order: order.into() };
    let kind = CursorKind::new(&format!("{list:?}"), list.keyset().width());
    let slice = page.slice(&kind)?;
    let rows = list.page(ctx.services().db.read(), &slice).await.map_err(convert)?;
    let key = list.clone();
    let db = ctx.services().db.clone();
    let count = Box::new(move || {
        let (list, db) = (list.clone(), db.clone());
        Box::pin(async move { list.total_count(db.read()).await }) as _
    });
    Ok(PaperConnection(Paged::new(&kind, rows, |listed| key.key(listed), Paper, count)))
}
