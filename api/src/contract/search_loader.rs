//! Searches that many objects of one response need, gathered into one piece of work and one statement.

use std::collections::HashMap;
use std::sync::Arc;

use domain::papers::PaperRow;
use domain::papers::read::{self, Visibility};
use domain::search::{RelatedRequest, Search, SearchError};
use domain::{Error, Services};
use graphql_server::execution::data_loader::{self, BatchLoad, DataLoader, LoadFailure, LoadResult};

/// Loads what the search engine finds for a paper.
pub struct SearchLoader {
    services: Services,
    search: Arc<Search>,
}

impl SearchLoader {
    /// The loader of one request.
    #[must_use]
    pub fn for_request(services: Services, search: Arc<Search>) -> DataLoader<Self> {
        DataLoader::new(Self { services, search })
    }
}

impl data_loader::Loader for SearchLoader {
    type Error = SearchError;

    fn failure(&self, failure: LoadFailure) -> SearchError {
        Error::Internal(failure.to_string()).into()
    }
}

impl BatchLoad<RelatedRequest> for SearchLoader {
    type Value = Vec<PaperRow>;

    async fn load(
        &self,
        requests: &[RelatedRequest],
    ) -> LoadResult<HashMap<RelatedRequest, Vec<PaperRow>>, SearchError> {
        let found = self.search.related(requests.to_vec()).await.map_err(Arc::new)?;
        let ids: Vec<i64> = found.iter().flatten().copied().collect();
        let papers = read::by_ids(self.services.db.read(), &ids, Visibility::Shown)
            .await
            .map_err(|error| Arc::new(error.into()))?;
        let of = |ids: Vec<i64>| ids.iter().filter_map(|id| papers.get(id).cloned()).collect();
        Ok(requests.iter().cloned().zip(found.into_iter().map(of)).collect())
    }
}
