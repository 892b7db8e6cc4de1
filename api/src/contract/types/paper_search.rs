//! What a search found: papers in order, with the reasons, and how the query was read.

use std::sync::{Arc, OnceLock};

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use domain::papers::organizations;
use domain::search::{
    FacetKind, FacetValue, Mode, Notice as DomainNotice, PaperText, Place, RankedPaper, Ranking, Reasons,
    SearchError,
};
use graphql_server::ErrorCode;
use graphql_server::execution::inline::{Inline, InlineList};

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::CursorKind;
use crate::contract::error::{into_graphql, to_graphql};
use crate::contract::projection::{joined, value};
use crate::contract::types::connection::PageInfo;
use crate::contract::types::paper::Paper;

/// The most values of a facet.
const MAX_FACETS: i32 = 100;

/// How papers are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Mode")]
pub enum SearchMode {
    /// By words.
    Keyword,
    /// By meaning: papers whose texts are near to the query, whatever their words.
    Semantic,
    /// By both.
    Hybrid,
}

/// Something about a search that its reader ought to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainNotice")]
pub enum SearchNotice {
    /// No model for search by meaning is installed; papers were found by words. An administrator can install one.
    NoModel,
    /// The query has no words whose meaning could be compared; papers were found by words.
    NoTopic,
    /// Not all papers are indexed yet; there may be more.
    Incomplete,
}

/// What is counted of the papers that match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "FacetKind")]
pub enum SearchFacetKind {
    /// Their categories.
    Category,
    /// Their organizations.
    Organization,
    /// Their years of publication.
    Year,
    /// Whether they have a repository.
    Code,
}

/// Where the words or the meaning of a query were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Place")]
pub enum SearchPlace {
    /// In the title.
    Title,
    /// In the abstract.
    Abstract,
    /// In the name of an author.
    Authors,
    /// In the name of the organization.
    Organization,
    /// In the meaning of title and abstract.
    Meaning,
}

/// A value with the number of papers that have it.
#[derive(Clone, Debug, SimpleObject)]
pub struct SearchFacet {
    /// The value: a category code, the slug of an organization, a year, or `true` and `false` for code.
    value: String,
    /// The value as it is displayed.
    label: String,
    /// The number of papers.
    count: u64,
}

/// A word that no paper has, with the word that was searched instead.
#[derive(Clone, Debug, SimpleObject)]
pub struct SearchCorrection {
    /// As it was typed, in lower case.
    typed: String,
    /// The word that was searched.
    meant: String,
}

/// The parts of the score of a paper.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct SearchScore {
    /// The score of its words (BM25); null if none of them matches, or words were not asked for.
    words: Option<f64>,
    /// The similarity of its meaning to that of the query: the cosine of their vectors, -1 to 1; null if they were not compared.
    meaning: Option<f64>,
    /// How well it fits the query as a model judged that read both together, 0 to 1; null if it did not read this paper.
    fit: Option<f64>,
}

/// The names of authors and the papers whose titles continue what is being typed.
#[derive(SimpleObject)]
pub struct SearchSuggestions {
    /// Authors, those with the most papers first.
    pub(crate) authors: Vec<AuthorSuggestion>,
    /// Papers with these words in their titles, the newest first.
    pub(crate) papers: InlineList<Paper>,
}

/// An author whose name continues what is being typed.
#[derive(Clone, Debug, SimpleObject)]
pub struct AuthorSuggestion {
    /// The name.
    pub(crate) name: String,
    /// The number of papers under this name.
    pub(crate) paper_count: u64,
}

/// A paper that was found.
#[derive(Clone, Debug)]
pub struct FoundPaper {
    pub(crate) paper: Paper,
    pub(crate) ranked: RankedPaper,
    pub(crate) key: Vec<i64>,
    reasons: OnceLock<Reasons>,
}

impl FoundPaper {
    pub(crate) fn new(paper: Paper, ranked: RankedPaper, key: Vec<i64>) -> Self {
        Self { paper, ranked, key, reasons: OnceLock::new() }
    }

    /// Why it is in a list: looked for once, if anybody asks.
    fn reasons(&self, ranking: &Ranking) -> Result<&Reasons> {
        if let Some(known) = self.reasons.get() {
            return Ok(known);
        }
        let row = &self.paper.0;
        let organization =
            joined(&row.organization)?.map(|organization| value(&organization.name)).transpose()?;
        let text = PaperText {
            title: value(&row.paper.title)?,
            r#abstract: value(&row.paper.r#abstract)?,
            authors: &value(&row.paper.authors)?.0,
            organization: organization.map(String::as_str),
        };
        Ok(self.reasons.get_or_init(|| ranking.reasons(&self.ranked, &text)))
    }
}

/// A page of papers that a search found, the best first. A search finds 200 papers at most.
pub struct PaperSearchConnection {
    pub(crate) found: Vec<FoundPaper>,
    pub(crate) ranking: Arc<Ranking>,
    pub(crate) cursors: CursorKind,
    pub(crate) has_next: bool,
    pub(crate) has_previous: bool,
    pub(crate) typed: String,
}

/// A page of papers that a search found, the best first. A search finds 200 papers at most.
#[Object]
impl PaperSearchConnection {
    /// The entries of the page, each with its cursor and the reasons for its place.
    async fn edges(&self) -> InlineList<PaperSearchEdge<'_>> {
        InlineList(self.found.iter().map(|found| PaperSearchEdge { found, list: self }).collect())
    }

    /// The papers of the page.
    async fn nodes(&self) -> InlineList<&Paper> {
        InlineList(self.found.iter().map(|found| &found.paper).collect())
    }

    /// The position of the page in its list.
    async fn page_info(&self) -> Inline<PageInfo<'_>> {
        Inline(PageInfo {
            cursors: &self.cursors,
            first: self.found.first().map(|found| &found.key),
            last: self.found.last().map(|found| &found.key),
            has_next: self.has_next,
            has_previous: self.has_previous,
        })
    }

    /// The number of papers that match by words, also beyond those that can be read; null if papers were found by meaning,
    /// which every paper has to some degree.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<Option<u64>> {
        if self.ranking.mode != Mode::Keyword {
            return Ok(None);
        }
        let count = ctx.search().count(&self.ranking).await.map_err(|error| search_error(&error))?;
        Ok(Some(count as u64))
    }

    /// How the papers were found. It is KEYWORD if `notice` says that meanings were not compared.
    async fn mode(&self) -> SearchMode {
        self.ranking.mode.into()
    }

    /// How the query was read, such as `words graph networks; author hinton; year 2020 or later`.
    async fn reading(&self) -> String {
        self.ranking.query.to_string()
    }

    /// What is to be known about this list; null if there is nothing.
    async fn notice(&self) -> Option<SearchNotice> {
        self.ranking.notice.map(Into::into)
    }

    /// Words that no paper has, with what was searched instead.
    async fn corrections(&self) -> Vec<SearchCorrection> {
        let corrections = self.ranking.corrections.iter();
        let words = corrections.map(|correction| (correction.typed.clone(), correction.meant.clone()));
        words.map(|(typed, meant)| SearchCorrection { typed, meant }).collect()
    }

    /// The query with its corrections; null if there are none.
    async fn did_you_mean(&self) -> Option<String> {
        self.ranking.corrected(&self.typed)
    }

    /// The most frequent values of the papers that match by words. The filter's own conditions of this kind are left out, so
    /// that other values can be chosen.
    async fn facets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is counted.")] kind: SearchFacetKind,
        #[graphql(desc = "The number of values: 0 to 100.", default = 10)] first: i32,
    ) -> Result<Vec<SearchFacet>> {
        let limit = usize::try_from(first).ok().filter(|_| first <= MAX_FACETS).ok_or_else(|| {
            ErrorCode::BadRequest.error(format!("first is {first}; it must be 0 to {MAX_FACETS}."))
        })?;
        let counts = ctx
            .search()
            .facets(&self.ranking, kind.into(), limit)
            .await
            .map_err(|error| search_error(&error))?;
        let is_organization = kind == SearchFacetKind::Organization;
        let ids = counts.iter().filter_map(|counted| match counted.value {
            FacetValue::Number(id) if is_organization => i64::try_from(id).ok(),
            _ => None,
        });
        let names = organizations::by_ids(ctx.services().db.read(), &ids.collect::<Vec<_>>())
            .await
            .map_err(into_graphql)?;
        let facet = |value: FacetValue, count| {
            let (value, label) = match value {
                FacetValue::Code(code) => (code.clone(), code),
                FacetValue::Number(id) if is_organization => {
                    let known = names.get(&i64::try_from(id).ok()?)?;
                    (known.slug.clone(), known.name.clone())
                }
                FacetValue::Number(number) if kind == SearchFacetKind::Code => (
                    (number > 0).to_string(),
                    if number > 0 { "with code" } else { "without code" }.to_owned(),
                ),
                FacetValue::Number(year) => (year.to_string(), year.to_string()),
            };
            Some(SearchFacet { value, label, count })
        };
        Ok(counts.into_iter().filter_map(|counted| facet(counted.value, counted.count)).collect())
    }
}

/// A paper that was found, with its cursor and the reasons for its place.
pub struct PaperSearchEdge<'a> {
    found: &'a FoundPaper,
    list: &'a PaperSearchConnection,
}

/// A paper that was found, with its cursor and the reasons for its place.
#[Object]
impl PaperSearchEdge<'_> {
    /// The cursor, for `after` and `before`.
    async fn cursor(&self) -> String {
        self.list.cursors.encode(&self.found.key)
    }

    /// The paper.
    async fn node(&self) -> Inline<&Paper> {
        Inline(&self.found.paper)
    }

    /// What the papers are ordered by; comparable within one list only.
    async fn score(&self) -> f64 {
        f64::from(self.found.ranked.score)
    }

    /// The parts of the score.
    async fn score_parts(&self) -> SearchScore {
        SearchScore {
            words: self.found.ranked.words.map(f64::from),
            meaning: self.found.ranked.meaning.map(f64::from),
            fit: self.found.ranked.fit.map(f64::from),
        }
    }

    /// Where the query was found in the paper.
    async fn found_in(&self) -> Result<Vec<SearchPlace>> {
        let reasons = self.found.reasons(&self.list.ranking)?;
        Ok(reasons.places.iter().copied().map(SearchPlace::from).collect())
    }

    /// The passage of the title or the abstract that has most words of the query, as HTML: matches are between <mark> and
    /// </mark>, all else is escaped. Null if there is none.
    async fn highlight(&self) -> Result<Option<&str>> {
        Ok(self.found.reasons(&self.list.ranking)?.highlight.as_deref())
    }
}

/// The GraphQL error of a search that failed.
pub fn search_error(error: &SearchError) -> async_graphql::Error {
    match error {
        SearchError::Query(error) => ErrorCode::BadRequest.error(error.to_string()),
        SearchError::Busy(error) => {
            tracing::warn!(%error, "a search was given up");
            ErrorCode::Unavailable.error("Too many searches are running. Try again in a moment.")
        }
        SearchError::Failed(error) => to_graphql(error),
    }
}
