//! Papers that are near to a paper: by meaning, or by the words of its title.

use std::sync::Arc;

use latex::readable;
use search::index::{Filter, SearchFailure};
use search::query::{MAX_QUERY_CHARS, Query};

use crate::Error;

use super::documents::document_id;
use super::engine::Search;
use super::metrics::SearchKind;
use super::rank::{SearchError, paper_id};

/// A paper whose neighbours are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RelatedRequest {
    /// The paper.
    pub paper_id: i64,
    /// Its title.
    pub title: String,
    /// The number of neighbours.
    pub limit: usize,
}

impl Search {
    /// The papers that are nearest to each of these: by meaning, without a vector by the words of its title.
    ///
    /// # Errors
    /// See [`SearchError`].
    pub async fn related(
        self: &Arc<Self>,
        requests: Vec<RelatedRequest>,
    ) -> Result<Vec<Vec<i64>>, SearchError> {
        let found = self.offload(SearchKind::Related, move |search| {
            requests.iter().map(|request| search.neighbours(request)).collect::<Result<_, SearchFailure>>()
        });
        Ok(found.await?.map_err(Error::failed("the search"))?)
    }

    fn neighbours(&self, request: &RelatedRequest) -> Result<Vec<i64>, SearchFailure> {
        let id = document_id(request.paper_id);
        // One more, for the paper itself.
        let limit = request.limit + 1;
        let vector = self.vectors.read().get(id);
        let found: Vec<u64> = if let Some(vector) = vector {
            self.nearest(&vector.to_vector(), limit, None).into_iter().map(|(id, _)| id).collect()
        } else {
            let title = readable(&request.title);
            let plain =
                title.chars().take(MAX_QUERY_CHARS).map(|c| if c.is_alphanumeric() { c } else { ' ' });
            let query = Query::parse(&plain.collect::<String>()).unwrap_or_default();
            let hits = self.words.snapshot().search(&query, &Filter::default(), limit)?.hits;
            hits.into_iter().map(|hit| hit.id).collect()
        };
        Ok(found.into_iter().filter(|&found| found != id).take(request.limit).map(paper_id).collect())
    }
}
