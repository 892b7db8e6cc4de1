//! Search over all papers.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use domain::papers::read::{self, Visibility};
use domain::search::{Ranking, SearchRequest};
use futures::future::BoxFuture;
use graphql_server::ErrorCode;
use graphql_server::execution::inline::InlineList;

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::{CursorKind, PageArguments};
use crate::contract::error::into_graphql;
use crate::contract::types::paper::Paper;
use crate::contract::types::paper_list::PaperFilter;
use crate::contract::types::paper_search::{
    AuthorSuggestion, FoundPaper, PaperSearchConnection, SearchMode, SearchSuggestions, search_error,
};

/// The numbers in a cursor: two generations, a place and a paper.
const CURSOR_WIDTH: usize = 4;

/// The most suggestions of a kind.
const MAX_SUGGESTIONS: i32 = 20;

#[derive(Default)]
pub struct SearchQuery;

#[Object]
impl SearchQuery {
    /// Papers by words and by meaning, the best first. Beside words a query may have "phrases", -exclusions, author:NAME,
    /// title:WORD, org:NAME, cat:cs.CL, year:2024, year:2020-2023 and has:code. An arXiv identifier, a DOI or a URL that
    /// holds one finds its paper. What follows no rule is searched as words; `reading` says how the query was read.
    #[expect(clippy::too_many_arguments, reason = "the arguments are those of the contract")]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is looked for: 256 characters at most.")] query: String,
        #[graphql(desc = "How papers are found.", default_with = "SearchMode::Hybrid")] mode: SearchMode,
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
    ) -> Result<Option<PaperSearchConnection>> {
        let filter = filter.unwrap_or_default().checked()?;
        let request = SearchRequest { query, mode: mode.into(), filter };
        found(ctx, request, PageArguments { first, after, last, before }).await.map(Some)
    }

    /// Authors and papers whose names and titles continue what is being typed.
    async fn suggest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What has been typed so far: 256 characters at most.")] prefix: String,
        #[graphql(desc = "The number of suggestions of each kind: 0 to 20.", default = 5)] first: i32,
    ) -> Result<Option<SearchSuggestions>> {
        let limit = usize::try_from(first).ok().filter(|_| first <= MAX_SUGGESTIONS).ok_or_else(|| {
            ErrorCode::BadRequest.error(format!("first is {first}; it must be 0 to {MAX_SUGGESTIONS}."))
        })?;
        let suggested = ctx.search().suggest(&prefix, limit).await.map_err(|error| search_error(&error))?;
        let author = |(name, paper_count)| AuthorSuggestion { name, paper_count };
        let mut papers = read::by_ids(ctx.services().db.read(), &suggested.paper_ids, Visibility::Shown)
            .await
            .map_err(into_graphql)?;
        let papers = suggested.paper_ids.iter().filter_map(|id| papers.remove(id)).map(Paper::from).collect();
        Ok(Some(SearchSuggestions {
            authors: suggested.authors.into_iter().map(author).collect(),
            papers: InlineList(papers),
        }))
    }
}

/// A page of what a search finds. Boxed, as [`crate::contract::types::paper_list::list`] is.
fn found<'a>(
    ctx: &'a Context<'a>,
    request: SearchRequest,
    page: PageArguments,
) -> BoxFuture<'a, Result<PaperSearchConnection>> {
    Box::pin(async move {
        let request = Arc::new(request);
        let cursors = CursorKind::new(Arc::clone(&request), CURSOR_WIDTH);
        let range = page.slice(&cursors)?;
        let services = ctx.services();
        let state =
            range.after.as_ref().or(range.before.as_ref()).and_then(|key| Some((key.first()?, key.get(1)?)));
        let state = state.map(|(&words, &vectors)| (words.cast_unsigned(), vectors.cast_unsigned()));
        let ranking =
            ctx.search().rank(services, &request, state).await.map_err(|error| search_error(&error))?;
        let start = range.after.as_ref().map_or(0, |key| place_of(&ranking, key).1);
        let end =
            range.before.as_ref().map_or(ranking.papers.len(), |key| place_of(&ranking, key).0).max(start);
        let limit = usize::try_from(range.limit).unwrap_or(usize::MAX);
        let (start, end) = if range.from_end {
            (end.saturating_sub(limit).max(start), end)
        } else {
            (start, start.saturating_add(limit).min(end))
        };
        let of_page = &ranking.papers[start..end];
        let ids: Vec<i64> = of_page.iter().map(|ranked| ranked.paper_id).collect();
        let mut rows =
            read::by_ids(services.db.read(), &ids, Visibility::Shown).await.map_err(into_graphql)?;
        let (words, vectors) = ranking.state;
        let found = of_page.iter().zip(start..).filter_map(|(ranked, place)| {
            let row = rows.remove(&ranked.paper_id)?;
            let place = i64::try_from(place).ok()?;
            let key = vec![words.cast_signed(), vectors.cast_signed(), place, ranked.paper_id];
            Some(FoundPaper::new(row.into(), *ranked, key))
        });
        Ok(PaperSearchConnection {
            found: found.collect(),
            has_next: end < ranking.papers.len(),
            has_previous: start > 0,
            typed: request.query.clone(),
            cursors,
            ranking,
        })
    })
}

/// Where a cursor's paper begins and ends in a list. If it is not in it any more, the next one has taken its place.
fn place_of(ranking: &Ranking, key: &[i64]) -> (usize, usize) {
    let (place, paper_id) = (key.get(2).copied().unwrap_or_default(), key.get(3).copied());
    if let Some(place) = ranking.papers.iter().position(|ranked| Some(ranked.paper_id) == paper_id) {
        return (place, place + 1);
    }
    let place = usize::try_from(place).unwrap_or_default().min(ranking.papers.len());
    (place, place)
}
