//! A paper.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use domain::community::comment_rows::CommentList;
use domain::entity::paper_history;
use domain::papers::{ArxivId, NewVersion, PaperRow, ProjectedPaper, ranking};
use domain::search::RelatedRequest;

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::ids::NodeType;
use crate::contract::loaders::{
    CategoriesOf, HistoryOf, KeywordsOf, UpvoteKey, UserKey, VersionsOf, load_failed,
};
use crate::contract::projection::{joined, value};
use crate::contract::scalars::{Date, DateTime, Url};
use crate::contract::search_loader::SearchLoader;
use crate::contract::types::author::Author;
use crate::contract::types::category::Category;
use crate::contract::types::comment::{self, CommentConnection};
use crate::contract::types::connection::connection;
use crate::contract::types::organization::Organization;
use crate::contract::types::paper_search::search_error;
use crate::contract::types::source_person::SourcePerson;
use crate::contract::types::user::User;
use graphql_server::ErrorCode;
use graphql_server::execution::data_loader::DataLoader;
use graphql_server::execution::inline::{Inline, InlineList};

/// Names in a list of authors at most.
const MAX_AUTHORS: i32 = 100;

/// Related papers at most.
const MAX_RELATED: i32 = 20;

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
    /// The identifier, unique across all types.
    pub async fn id(&self) -> Result<ID> {
        Ok(NodeType::Paper.id(self.row()?))
    }

    /// The arXiv identifier without a version: 2006.10029. Null for a paper that is not on arXiv.
    async fn arxiv_id(&self) -> Result<Option<&str>> {
        Ok(value(&self.0.paper.arxiv_id)?.as_deref())
    }

    /// A stable and readable name for URLs: the arXiv identifier, or a name made from the title.
    async fn slug(&self) -> Result<&str> {
        Ok(value(&self.0.paper.slug)?)
    }

    /// The title, without line breaks.
    async fn title(&self) -> Result<&str> {
        Ok(value(&self.0.paper.title)?)
    }

    /// The authors' abstract, without line breaks.
    async fn r#abstract(&self) -> Result<&str> {
        Ok(value(&self.0.paper.r#abstract)?)
    }

    /// A summary of one or two sentences, if the source provides it.
    async fn summary(&self) -> Result<Option<&str>> {
        Ok(value(&self.0.paper.summary)?.as_deref())
    }

    /// The authors, in the order of the paper. first is 0 to 100; offset skips authors, to read a long list.
    /// authorCount is its length.
    async fn authors(
        &self,
        #[graphql(desc = "The number of authors: 0 to 100.", default = 20)] first: i32,
        #[graphql(desc = "The number of skipped authors: 0 or more.", default = 0)] offset: i32,
    ) -> Result<InlineList<Author<'_>>> {
        let offset = usize::try_from(offset)
            .map_err(|_| ErrorCode::BadRequest.error(format!("offset is {offset}; it must be 0 or more.")))?;
        let first = usize::try_from(first).ok().filter(|_| first <= MAX_AUTHORS).ok_or_else(|| {
            ErrorCode::BadRequest.error(format!("first is {first}; it must be 0 to {MAX_AUTHORS}."))
        })?;
        let names = value(&self.0.paper.authors)?.0.iter().skip(offset).take(first);
        Ok(InlineList(names.map(|name| Author { name }).collect()))
    }

    /// The number of authors that the source states, which can exceed those that it names.
    async fn author_count(&self) -> Result<i32> {
        Ok(*value(&self.0.paper.author_count)?)
    }

    /// The organization, if one is named.
    async fn organization(&self) -> Result<Option<Inline<Organization>>> {
        Ok(joined(&self.0.organization)?.cloned().map(Organization).map(Inline))
    }

    /// The categories, the primary one first.
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>> {
        let rows = ctx.loader().load_one(CategoriesOf(self.row()?)).await.map_err(load_failed)?;
        Ok(rows.unwrap_or_default().into_iter().map(Category::from).collect())
    }

    /// The keywords.
    async fn keywords(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let names = ctx.loader().load_one(KeywordsOf(self.row()?)).await.map_err(load_failed)?;
        Ok(names.unwrap_or_default())
    }

    /// The day of the first version.
    async fn published_on(&self) -> Result<Date> {
        Ok(Date(*value(&self.0.paper.published_on)?))
    }

    /// The day of the latest version, if it is known.
    async fn updated_on(&self) -> Result<Option<Date>> {
        Ok(value(&self.0.paper.updated_on)?.map(Date))
    }

    /// The versions, by number; empty if its sources list none.
    async fn versions(&self, ctx: &Context<'_>) -> Result<InlineList<PaperVersion>> {
        let versions = ctx.loader().load_one(VersionsOf(self.row()?)).await.map_err(load_failed)?;
        let version = |NewVersion { number, submitted_at }| PaperVersion {
            number,
            submitted_at: DateTime(submitted_at),
        };
        Ok(InlineList(versions.unwrap_or_default().into_iter().map(version).collect()))
    }

    /// What Hugging Face counted, by day, the latest first: votes and comments as they were when the list of its day was last
    /// found changed on that day. They are read for a fortnight after the paper was featured there.
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number of days: 1 to 100.", default = 30)] first: i32,
    ) -> Result<InlineList<PaperCounts>> {
        let first = usize::try_from(first).ok().filter(|first| (1..=100).contains(first));
        let first = first.ok_or_else(|| ErrorCode::BadRequest.error("first must be 1 to 100."))?;
        let days = ctx.loader().load_one(HistoryOf(self.row()?)).await.map_err(load_failed)?;
        let counts = |row: paper_history::Model| PaperCounts {
            day: Date(row.day),
            upvotes: row.upvotes,
            comments: row.comments,
        };
        Ok(InlineList(days.unwrap_or_default().into_iter().take(first).map(counts).collect()))
    }

    /// The time at which it was looked up because somebody asked for it, and no source had brought it; null otherwise.
    async fn looked_up_at(&self) -> Result<Option<DateTime>> {
        Ok(value(&self.0.paper.looked_up_at)?.map(DateTime))
    }

    /// The names of the fields that a curator has set or cleared, such as `abstract`; no source changes them.
    async fn curated_fields(&self) -> Result<&[String]> {
        Ok(&value(&self.0.paper.curated_fields)?.0)
    }

    /// The day of the feed that shows it, or null. It is set once.
    async fn featured_on(&self) -> Result<Option<Date>> {
        let Some(feature) = joined(&self.0.feature)? else { return Ok(None) };
        Ok(Some(Date(*value(&feature.day)?)))
    }

    /// The person who featured it here; null if a source did.
    async fn submitted_by(&self, ctx: &Context<'_>) -> Result<Option<Inline<User>>> {
        let Some(feature) = joined(&self.0.feature)? else { return Ok(None) };
        let Some(id) = *value(&feature.featured_by)? else { return Ok(None) };
        Ok(ctx.loader().load_one(UserKey(id)).await.map_err(load_failed)?.map(User::from).map(Inline))
    }

    /// The time when a curator hid it. Only curators can see a hidden paper.
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

    /// The PDF at arXiv.
    async fn pdf_url(&self) -> Result<Option<Url>> {
        if value(&self.0.paper.withdrawn_on)?.is_some() {
            return Ok(None);
        }
        Ok(self.arxiv()?.map(|id| Url(id.pdf_url())))
    }

    /// The project page.
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

    /// The address of a picture.
    async fn thumbnail_url(&self) -> Result<Option<Url>> {
        Ok(value(&self.0.paper.thumbnail_url)?.clone().map(Url))
    }

    /// Images and videos that were submitted with it at its source.
    async fn media_urls(&self) -> Result<Vec<Url>> {
        Ok(value(&self.0.paper.media_urls)?.0.iter().cloned().map(Url).collect())
    }

    /// The person who submitted it at its source; submittedBy is the one who did here.
    async fn source_submitter(&self) -> Result<Option<Inline<SourcePerson<'_>>>> {
        Ok(value(&self.0.paper.submitter)?.as_ref().map(SourcePerson).map(Inline))
    }

    /// Its authors with an account at its source: at most 50.
    async fn participants(&self) -> Result<InlineList<SourcePerson<'_>>> {
        Ok(InlineList(value(&self.0.paper.participants)?.0.iter().map(SourcePerson).collect()))
    }

    /// The digital object identifier, in lower case.
    async fn doi(&self) -> Result<Option<&str>> {
        Ok(value(&self.0.paper.doi)?.as_deref())
    }

    /// The day on which its authors withdrew it, or null.
    async fn withdrawn_on(&self) -> Result<Option<Date>> {
        Ok(value(&self.0.paper.withdrawn_on)?.map(Date))
    }

    /// Votes given here, plus those reported by its source.
    async fn upvote_count(&self) -> Result<i32> {
        self.all_upvotes()
    }

    /// Whether the viewer has voted for it. False without a viewer.
    async fn viewer_has_upvoted(&self, ctx: &Context<'_>) -> Result<bool> {
        let Some(viewer) = ctx.viewer() else { return Ok(false) };
        let key = UpvoteKey { user_id: viewer.user_id, paper_id: self.row()? };
        Ok(ctx.loader().load_one(key).await.map_err(load_failed)?.is_some())
    }

    /// The comments written here and their replies, the oldest first. A deleted or hidden comment keeps its place while
    /// it has replies.
    async fn comments(
        &self,
        ctx: &Context<'_>,
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
    ) -> Result<Inline<CommentConnection>> {
        let page = PageArguments { first, after, last, before };
        comment::list(ctx, CommentList::OnPaper(self.row()?), page).await
    }

    /// Comments written here, plus those reported by its source; comments.totalCount counts only the former.
    async fn comment_count(&self) -> Result<i32> {
        self.all_comments()
    }

    /// The papers nearest to it, by meaning; by the words of its title if no model is installed.
    async fn related(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number of papers: 0 to 20.", default = 5)] first: i32,
    ) -> Result<Option<InlineList<Self>>> {
        let limit = usize::try_from(first).ok().filter(|_| first <= MAX_RELATED).ok_or_else(|| {
            ErrorCode::BadRequest.error(format!("first is {first}; it must be 0 to {MAX_RELATED}."))
        })?;
        let title = value(&self.0.paper.title)?.clone();
        let request = RelatedRequest { paper_id: self.row()?, title, limit };
        let loader = ctx.data_unchecked::<DataLoader<SearchLoader>>();
        let papers =
            loader.load_one(request).await.map_err(|error| search_error(&error))?.unwrap_or_default();
        Ok(Some(InlineList(papers.into_iter().map(Self::from).collect())))
    }

    /// The parts of its trending score.
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

/// A version of a paper.
#[derive(SimpleObject)]
pub struct PaperVersion {
    /// The number, from 1 on.
    number: i32,
    /// The time of its submission.
    submitted_at: DateTime,
}

/// What Hugging Face counted for a paper on a day.
#[derive(SimpleObject)]
pub struct PaperCounts {
    /// The day, in UTC.
    day: Date,
    /// Votes.
    upvotes: i32,
    /// Comments.
    comments: i32,
}

/// The parts of a paper's trending score; docs/ranking.md has the formula.
#[derive(SimpleObject)]
pub struct TrendingScore {
    /// The score. Papers with a higher score come first.
    score: f64,
    /// All votes, local and reported.
    upvotes: i32,
    /// All comments, local and reported.
    comments: i32,
    /// The start of its age: the time it was featured, else the day it was published.
    since: DateTime,
}
