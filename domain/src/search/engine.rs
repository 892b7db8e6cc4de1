//! The search engine of a process: its indexes, its model, and what it remembers of recent queries.
//!
//! Always: work on an index runs off the threads that serve, and so much of it at once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use moka::sync::Cache;
use parking_lot::RwLock;
use search::ids::IdSet;
use search::index::{Change, IndexError, Position, WordIndex};
use search::meaning::{CrossEncoder, Model};
use search::vectors::{QuantizedVector, VectorIndex};

use crate::offload::{Offload, OffloadError};
use crate::papers::PaperFilter;

use super::metrics::SearchKind;
use super::ranking::{Ranking, SearchRequest};

/// The folder of indexes, below the data folder.
const INDEX_FOLDER: &str = "search";

/// Processes that can share a data folder, each with an index of its own.
const MAX_PROCESSES: usize = 32;

/// Searches that run at once.
const RUNNING_SEARCHES: usize = 4;

/// Searches that wait for their turn.
const WAITING_SEARCHES: usize = 64;

/// The stack of a search.
const STACK_BYTES: usize = 1 << 20;

/// The time limit of a search, with the time that it waits.
const SEARCH_TIMEOUT: Duration = Duration::from_secs(5);

/// Vectors of recent queries.
const QUERY_VECTORS: u64 = 2_000;

/// Lists that were found lately, so that the next page goes on in the same one.
const RANKINGS: u64 = 500;

/// How long they are kept.
const RANKING_LIFE: Duration = Duration::from_mins(2);

/// How long the papers of a filter are remembered; votes change under it.
const FILTER_LIFE: Duration = Duration::from_secs(5);

/// A list that was found, by what was asked of which state of the indexes.
pub(super) type RankingKey = (SearchRequest, (u64, u64));

/// A filter, and the state of the word index that its papers are at least of.
pub(super) type FilterKey = (PaperFilter, u64);

/// The search engine of a process.
#[derive(Debug)]
pub struct Search {
    pub(super) words: WordIndex,
    pub(super) vectors: RwLock<VectorIndex>,
    pub(super) vector_generation: std::sync::atomic::AtomicU64,
    pub(super) model: Option<Arc<Model>>,
    pub(super) reranker: Option<Reranker>,
    pub(super) model_key: Option<String>,
    pub(super) is_complete: AtomicBool,
    pub(super) query_vectors: Cache<String, Arc<Vec<f32>>>,
    pub(super) rankings: Cache<RankingKey, Arc<Ranking>>,
    pub(super) filters: Cache<FilterKey, Arc<IdSet>>,
    pub(super) room: Arc<Offload>,
}

/// The models of a process.
#[derive(Clone, Debug, Default)]
pub struct Models {
    /// Makes vectors; `None`: papers are found by words only.
    pub embedding: Option<Arc<Model>>,
    /// Reorders the best papers; `None`: they stay in their order.
    pub reranker: Option<Reranker>,
}

/// A model that reads the query together with each of the best papers.
#[derive(Clone, Debug)]
pub struct Reranker {
    /// The model.
    pub model: Arc<CrossEncoder>,
    /// The number of papers that it reads for a search.
    pub papers: usize,
}

impl Search {
    /// Opens the indexes below a data folder. Blocks.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn open(data_dir: &Path, models: Models) -> Result<Arc<Self>, IndexError> {
        let Models { embedding: model, reranker } = models;
        let words = open_free(&data_dir.join(INDEX_FOLDER))?;
        let dimensions = model.as_ref().map_or(1, |model| model.dimensions());
        Ok(Arc::new(Self {
            words,
            vectors: RwLock::new(VectorIndex::new(dimensions)),
            vector_generation: 0.into(),
            model_key: model.as_ref().map(|model| super::models::model_key(model)),
            model,
            reranker,
            is_complete: AtomicBool::new(false),
            query_vectors: Cache::new(QUERY_VECTORS),
            rankings: Cache::builder().max_capacity(RANKINGS).time_to_live(RANKING_LIFE).build(),
            filters: Cache::builder().max_capacity(RANKINGS).time_to_live(FILTER_LIFE).build(),
            room: Arc::new(Offload::new(
                "search",
                RUNNING_SEARCHES,
                WAITING_SEARCHES,
                STACK_BYTES,
                SEARCH_TIMEOUT,
            )),
        }))
    }

    /// Runs work on the indexes off the threads that serve.
    pub(super) async fn offload<T: Send + 'static>(
        self: &Arc<Self>,
        kind: SearchKind,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, OffloadError> {
        let search = Arc::clone(self);
        self.room.run(move || kind.time(|| work(&search))).await
    }

    /// Applies changes to both indexes. They are found by words after the next commit, by meaning at once. Blocks.
    pub(super) fn apply(
        &self,
        words: Vec<Change>,
        vectors: Vec<(u64, Option<QuantizedVector>)>,
    ) -> Result<(), IndexError> {
        self.words.apply(words)?;
        self.put_vectors(vectors);
        Ok(())
    }

    /// Takes vectors in, and out.
    pub(super) fn put_vectors(&self, vectors: Vec<(u64, Option<QuantizedVector>)>) {
        if self.model.is_none() || vectors.is_empty() {
            return;
        }
        let mut index = self.vectors.write();
        for (id, vector) in vectors {
            match vector {
                Some(vector) => {
                    if let Err(error) = index.upsert(id, &vector) {
                        tracing::warn!(%error, document = id, "a vector is not of this model");
                    }
                }
                None => {
                    index.remove(id);
                }
            }
        }
        drop(index);
        self.vector_generation.fetch_add(1, Ordering::Relaxed);
    }

    /// Makes what was applied durable and visible. Blocks.
    pub(super) fn commit(&self, position: Position) -> Result<(), IndexError> {
        self.words.commit(position)
    }
}

/// The first index of a folder that no other process has.
fn open_free(folder: &Path) -> Result<WordIndex, IndexError> {
    let mut in_use = None;
    for number in 1..=MAX_PROCESSES {
        match WordIndex::open(&folder.join(format!("words-{number}"))) {
            Err(error @ IndexError::InUse(_)) => in_use = Some(error),
            opened => return opened,
        }
    }
    Err(in_use.unwrap_or_else(|| IndexError::InUse(folder.to_owned())))
}
