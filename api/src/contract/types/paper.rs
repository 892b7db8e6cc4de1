//! A paper.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use domain::community::comment_rows::CommentList;
use domain::papers::{ArxivId, PaperRow, ProjectedPaper, ranking};

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::ids::NodeType;
use crate::contract::loaders::{CategoriesOf, KeywordsOf, UpvoteKey, UserKey, load_failed};
use crate::contract::projection::{joined, value};
use crate::contract::scalars::{Date, DateTime, Url};
use crate::contract::types::author::Author;
use crate::contract::types::category::Category;
use crate::contract::types::comment::{self, CommentConnection};
use crate::contract::types::connection::connection;
use crate::contract::types::organization::Organization;
use crate::contract::types::source_person::SourcePerson;
use crate::contract::types::user::User;
use graphql_server::ErrorCode;
use graphql_server::execution::inline::{Inline, InlineList};

/// Names in a list of authors at most.
const MAX_AUTHORS: i32 = 100;

/// A paper, featured or not.
#[derive(Clone, Debug)]
pub struct Paper(pub Arc<ProjectedPaper>);

impl From<PaperRow> for Paper {
    fn from(listed: PaperRow) -> Self {
        Self(Arc::new(listed.into()))
    }
}

connection!(PaperConnection, PaperEdge, Paper, "papers");

/// A paper, featured or not.
#[Object]
impl Paper {
    /// Its identifier, unique across all types.
    pub async fn id(&self) -> Result<ID> {
        Ok(NodeType::Paper.id(self.row()?))
    }

    /// Without a version: 2006.10029. Null for a paper that is not on arXiv.
    async fn arxiv_id(&self) -> Result<Option<&str>> {
        Ok(value(&self.0.paper.arxiv_id)?.as_deref())
    }

    /// Stable and readable, for URLs: the arXiv identifier, else made from the title.
    async fn slug(&self) -> Result<&str> {
        Ok(value(&self.0.paper.slug)?)
    }

    /// The title, line breaks removed.
    async fn title(&self) -> Result<&str> {
        Ok(value(&self.0.paper.title)?)
    }

    /// The authors' abstract, line breaks removed.
    async fn r#abstract(&self) -> Result<&str> {
        Ok(value(&self.0.paper.r#abstract)?)
    }

    /// One or two sentences, where the source gives them.
    async fn summary(&self) -> Result<Option<&str>> {
        Ok(value(&self.0.paper.summary)?.as_deref())
    }

    /// In the order of the paper. first is 0 to 100; offset passes over so many, so that a long list is read to its end:
    /// authorCount says how long it is.
    async fn authors(
        &self,
        #[graphql(desc = "How many authors: 0 to 100.", default = 20)] first: i32,
        #[graphql(desc = "How many authors are passed over: 0 or more.", default = 0)] offset: i32,
    ) -> Result<InlineList<Author<'_>>> {
        let offset = usize::try_from(offset)
            .map_err(|_| ErrorCode::BadRequest.error(format!("offset is {offset}; it is 0 or more.")))?;
        let first = usize::try_from(first).ok().filter(|_| first <= MAX_AUTHORS).ok_or_else(|| {
            ErrorCode::BadRequest.error(format!("first is {first}; it is 0 to {MAX_AUTHORS}."))
        })?;
        let names = value(&self.0.paper.authors)?.0.iter().skip(offset).take(first);
        Ok(InlineList(names.map(|name| Author { name }).collect()))
    }

    /// The number that the source states, which can exceed the authors it names.
    async fn author_count(&self) -> Result<i32> {
        Ok(*value(&self.0.paper.author_count)?)
    }

    /// The institution, where one is named.
    async fn organization(&self) -> Result<Option<Inline<Organization>>> {
        Ok(joined(&self.0.organization)?.cloned().map(Organization).map(Inline))
    }

    /// The primary category first.
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>> {
        let rows = ctx.loader().load_one(CategoriesOf(self.row()?)).await.map_err(load_failed)?;
        Ok(rows.unwrap_or_default().into_iter().map(Category::from).collect())
    }

    /// What the paper is about, in free words.
    async fn keywords(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let names = ctx.loader().load_one(KeywordsOf(self.row()?)).await.map_err(load_failed)?;
        Ok(names.unwrap_or_default())
    }

    /// The day of the first version.
    async fn published_on(&self) -> Result<Date> {
        Ok(Date(*value(&self.0.paper.published_on)?))
    }

    /// The day of the latest version, where it is known.
    async fn updated_on(&self) -> Result<Option<Date>> {
        Ok(value(&self.0.paper.updated_on)?.map(Date))
    }

    /// The day whose feed shows it, or null. Set once.
    async fn featured_on(&self) -> Result<Option<Date>> {
        let Some(feature) = joined(&self.0.feature)? else { return Ok(None) };
        Ok(Some(Date(*value(&feature.day)?)))
    }

    /// Who put it on its feed here; null where a source did.
    async fn submitted_by(&self, ctx: &Context<'_>) -> Result<Option<Inline<User>>> {
        let Some(feature) = joined(&self.0.feature)? else { return Ok(None) };
        let Some(id) = *value(&feature.featured_by)? else { return Ok(None) };
        Ok(ctx.loader().load_one(UserKey(id)).await.map_err(load_failed)?.map(User::from).map(Inline))
    }

    /// Since when a curator keeps it from being shown. Only curators see such a paper at all.
    async fn hidden_at(&self) -> Result<Option<DateTime>> {
        Ok(value(&self.0.paper.hidden_at)?.map(DateTime))
    }

    /// Its page on this service.
    async fn url(&self, ctx: &Context<'_>) -> Result<Url> {
        let slug = value(&self.0.paper.slug)?;
        Ok(Url(ctx.services().settings.link(&format!("papers/{slug}"))))
    }

    /// Its page at arXiv.
    async fn arxiv_url(&self) -> Result<Option<Url>> {
        Ok(self.arxiv()?.map(|id| Url(id.abstract_url())))
    }

    /// The paper itself at arXiv.
    async fn pdf_url(&self) -> Result<Option<Url>> {
        if value(&self.0.paper.withdrawn_on)?.is_some() {
            return Ok(None);
        }
        Ok(self.arxiv()?.map(|id| Url(id.pdf_url())))
    }

    /// The authors' page on it.
    async fn project_url(&self) -> Result<Option<Url>> {
        Ok(value(&self.0.paper.project_url)?.clone().map(Url))
    }

    /// Its source code.
    async fn repository_url(&self) -> Result<Option<Url>> {
        Ok(value(&self.0.paper.repository_url)?.clone().map(Url))
    }

    /// Stars of the repository, as the source reported them.
    async fn repository_stars(&self) -> Result<Option<i32>> {
        Ok(*value(&self.0.paper.repository_stars)?)
    }

    /// A picture.
    async fn thumbnail_url(&self) -> Result<Option<Url>> {
        Ok(value(&self.0.paper.thumbnail_url)?.clone().map(Url))
    }

    /// Pictures and films that were handed in with it at its source.
    async fn media_urls(&self) -> Result<Vec<Url>> {
        Ok(value(&self.0.paper.media_urls)?.0.iter().cloned().map(Url).collect())
    }

    /// Who handed it in at its source; submittedBy is who did here.
    async fn source_submitter(&self) -> Result<Option<Inline<SourcePerson<'_>>>> {
        Ok(value(&self.0.paper.submitter)?.as_ref().map(SourcePerson).map(Inline))
    }

    /// Its authors who take part at its source: at most 50.
    async fn participants(&self) -> Result<InlineList<SourcePerson<'_>>> {
        Ok(InlineList(value(&self.0.paper.participants)?.0.iter().map(SourcePerson).collect()))
    }

    /// Its digital object identifier, in lower case.
    async fn doi(&self) -> Result<Option<&str>> {
        Ok(value(&self.0.paper.doi)?.as_deref())
    }

    /// The day on which its authors withdrew it, or null.
    async fn withdrawn_on(&self) -> Result<Option<Date>> {
        Ok(value(&self.0.paper.withdrawn_on)?.map(Date))
    }

    /// Votes given here plus those that its source reported.
    async fn upvote_count(&self) -> Result<i32> {
        self.all_upvotes()
    }

    /// Whether the person whom the token names voted for it. False without a viewer.
    async fn viewer_has_upvoted(&self, ctx: &Context<'_>) -> Result<bool> {
        let Some(viewer) = ctx.viewer() else { return Ok(false) };
        let key = UpvoteKey { user_id: viewer.user_id, paper_id: self.row()? };
        Ok(ctx.loader().load_one(key).await.map_err(load_failed)?.is_some())
    }

    /// What was written here about it, the oldest first: comments and the answers to them. One that was deleted or
    /// hidden keeps its place while something answers it.
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor that the entries come after.")] after: Option<String>,
        #[graphql(
            desc = "How many entries from the end, or before `before`: 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor that the entries come before.")] before: Option<String>,
    ) -> Result<Inline<CommentConnection>> {
        let page = PageArguments { first, after, last, before };
        comment::list(ctx, CommentList::OnPaper(self.row()?), page).await
    }

    /// Comments written here plus those that its source reported; comments.totalCount counts the former.
    async fn comment_count(&self) -> Result<i32> {
        self.all_comments()
    }

    /// Why it stands where it stands in trending.
    async fn trending(&self) -> Result<TrendingScore> {
        let feature = joined(&self.0.feature)?.map(|feature| value(&feature.featured_at)).transpose()?;
        let since = ranking::since(feature.copied(), *value(&self.0.paper.published_on)?);
        Ok(TrendingScore {
            score: ranking::shown(*value(&self.0.paper.trending)?),
            upvotes: self.all_upvotes()?,
            comments: self.all_comments()?,
            since: DateTime(since),
        })
    }
}

impl Paper {
    fn row(&self) -> Result<i64> {
        value(&self.0.paper.id).copied()
    }

    fn arxiv(&self) -> Result<Option<ArxivId>> {
        Ok(value(&self.0.paper.arxiv_id)?.as_deref().and_then(ArxivId::parse))
    }

    fn all_upvotes(&self) -> Result<i32> {
        Ok(value(&self.0.paper.source_upvotes)?.saturating_add(*value(&self.0.paper.upvotes)?))
    }

    fn all_comments(&self) -> Result<i32> {
        Ok(value(&self.0.paper.source_comments)?.saturating_add(*value(&self.0.paper.comments)?))
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
