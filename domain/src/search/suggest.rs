//! Completions of what is being typed.

use std::sync::Arc;

use search::index::SearchFailure;
use search::query::Query;

use crate::Error;

use super::engine::Search;
use super::metrics::SearchKind;
use super::rank::{SearchError, as_displayed, paper_id};
use super::ranking::Suggestions;

impl Search {
    /// The names of authors and the papers that go on from what is being typed.
    ///
    /// # Errors
    /// See [`SearchError`].
    pub async fn suggest(self: &Arc<Self>, typed: &str, limit: usize) -> Result<Suggestions, SearchError> {
        let query = Query::parse(typed)?;
        if query.is_empty() {
            return Ok(Suggestions::default());
        }
        let typed = as_displayed(typed);
        let found = self.offload(SearchKind::Suggestions, move |search| {
            let snapshot = search.words.snapshot();
            let authors = snapshot.suggest_authors(&typed, limit)?;
            let paper_ids = snapshot.suggest_titles(&typed, limit)?;
            Ok::<_, SearchFailure>(Suggestions {
                authors: authors.into_iter().map(|author| (author.name, author.document_count)).collect(),
                paper_ids: paper_ids.into_iter().map(paper_id).collect(),
            })
        });
        Ok(found.await?.map_err(Error::failed("the search"))?)
    }
}
