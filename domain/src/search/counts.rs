//! Counts of the papers that match by words: all of them, and those of each category, organization, year and of code.
//!
//! A count is of the index as it is when it is asked for, which may be a little later than the list.

use std::sync::Arc;

use search::index::FacetKind;

use crate::Error;

use super::engine::Search;
use super::metrics::SearchKind;
use super::rank::SearchError;
use super::ranking::{FacetCount, Ranking};

impl Search {
    /// The number of papers that match by words.
    ///
    /// # Errors
    /// See [`SearchError`].
    pub async fn count(self: &Arc<Self>, ranking: &Arc<Ranking>) -> Result<usize, SearchError> {
        if let Some(&known) = ranking.count.get() {
            return Ok(known);
        }
        let asked = Arc::clone(ranking);
        let counted = self.offload(SearchKind::Counts, move |search| {
            search.words.snapshot().count(&asked.query, &asked.filter)
        });
        let count = counted.await?.map_err(Error::failed("the search"))?;
        Ok(*ranking.count.get_or_init(|| count))
    }

    /// The most frequent values of the papers that match by words, counted under the other conditions.
    ///
    /// # Errors
    /// See [`SearchError`].
    pub async fn facets(
        self: &Arc<Self>,
        ranking: &Arc<Ranking>,
        kind: FacetKind,
        limit: usize,
    ) -> Result<Vec<FacetCount>, SearchError> {
        let asked = Arc::clone(ranking);
        let counted = self.offload(SearchKind::Counts, move |search| {
            search.words.snapshot().facets(&asked.query, &asked.filter, kind, limit)
        });
        let counts = counted.await?.map_err(Error::failed("the search"))?;
        Ok(counts.into_iter().map(|(value, count)| FacetCount { value, count }).collect())
    }
}
