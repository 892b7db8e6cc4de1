//! Search settings.

use serde::Deserialize;

use crate::config::problems::Problems;

/// More would keep a reader waiting for seconds.
const MAX_RERANKED: usize = 50;

/// The section as written.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::config) struct RawSearch {
    search_reranked_papers: usize,
}

impl RawSearch {
    /// The number of papers that are reranked.
    pub(in crate::config) fn check(&self, problems: &mut Problems) -> usize {
        problems.require(
            self.search_reranked_papers <= MAX_RERANKED,
            &format!("search_reranked_papers must be at most {MAX_RERANKED}"),
        );
        self.search_reranked_papers
    }
}
