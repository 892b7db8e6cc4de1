//! Answering a query: an ordered list of papers, with the reasons for their order.
//!
//! KEYWORD orders by words, SEMANTIC by the distance of meanings, HYBRID by both, each paper scored by both. A list has
//! the best [`DEPTH`] papers and no more. It is kept for a while, so that its next page is of the same list.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use latex::readable;
use search::cover::QueryWords;
use search::fusion::{self, Fused, FusionWeights};
use search::highlight::Highlighter;
use search::ids::IdSet;
use search::index::{Filter, Hit, SearchFailure, Snapshot};
use search::query::Query;

use crate::offload::OffloadError;
use crate::{Error, Services};

use super::engine::Search;
use super::ranking::{Mode, Notice, RankedPaper, Ranking, SearchRequest};

/// The most papers that a search finds.
pub const DEPTH: usize = 200;

/// Papers of each kind that HYBRID puts together.
const POOL: usize = 100;

/// What HYBRID puts together: papers in the order of both scores, before the first are looked at.
pub(super) struct Pool {
    pub fused: Vec<Fused>,
    /// The words of the query.
    pub words: QueryWords,
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The query is too long.
    #[error(transparent)]
    Query(#[from] search::query::QueryTooLong),
    /// Too many searches run, or this one took too long.
    #[error(transparent)]
    Busy(#[from] OffloadError),
    /// The database, or the index.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Search {
    /// The list for a request; of an earlier `state` of the indexes, if that list is still kept.
    ///
    /// # Errors
    /// See [`SearchError`].
    pub async fn rank(
        self: &Arc<Self>,
        services: &Services,
        request: &SearchRequest,
        state: Option<(u64, u64)>,
    ) -> Result<Arc<Ranking>, SearchError> {
        let query = Query::parse(&as_displayed(&request.query))?;
        let snapshot = self.words.snapshot();
        let current = (snapshot.generation(), self.vector_generation.load(Ordering::Relaxed));
        // Votes and feeds change while the indexes stay as they are.
        let is_lasting = request.filter.topics.min_upvotes.is_none() && request.filter.featured.is_none();
        for state in state.into_iter().chain(is_lasting.then_some(current)) {
            if let Some(known) = self.rankings.get(&(request.clone(), state)) {
                return Ok(known);
            }
        }
        let filter = self.narrow(services, &request.filter, current.0).await?;
        let mode = request.mode;
        let found =
            self.offload(mode.into(), move |search| search.ranking(&snapshot, query, filter, mode)).await?;
        let (ranking, pool) = found.map_err(Error::failed("the search"))?;
        let mut ranking = Ranking { state: current, ..ranking };
        if let Some(pool) = pool {
            ranking.papers = self.refined(services, &ranking.query, pool).await?;
        }
        let ranking = Arc::new(ranking);
        // As soon as all papers are indexed, the same state of the indexes is complete.
        if ranking.notice != Some(Notice::Incomplete) {
            self.rankings.insert((request.clone(), current), Arc::clone(&ranking));
        }
        Ok(ranking)
    }

    fn ranking(
        &self,
        snapshot: &Snapshot,
        query: Query,
        filter: Filter,
        asked: Mode,
    ) -> Result<(Ranking, Option<Pool>), SearchFailure> {
        let topic = query.topic();
        let (mode, mut notice) = match asked {
            Mode::Keyword => (Mode::Keyword, None),
            Mode::Semantic | Mode::Hybrid if self.model.is_none() => (Mode::Keyword, Some(Notice::NoModel)),
            Mode::Semantic | Mode::Hybrid if topic.is_empty() || query.identifier.is_some() => {
                (Mode::Keyword, Some(Notice::NoTopic))
            }
            mode => (mode, None),
        };
        if !self.is_complete.load(Ordering::Relaxed) {
            notice = Some(Notice::Incomplete);
        }
        let (papers, corrections, pool) = match mode {
            Mode::Keyword => {
                let found = snapshot.search(&query, &filter, DEPTH)?;
                (found.hits.into_iter().map(by_words).collect(), found.corrections, None)
            }
            Mode::Semantic => (self.by_meaning(snapshot, &query, &filter, &topic)?, Vec::new(), None),
            Mode::Hybrid => {
                let found = snapshot.search(&query, &filter, POOL)?;
                let pool = self.by_both(snapshot, &query, &filter, &topic, &found.hits)?;
                (Vec::new(), found.corrections, Some(pool))
            }
        };
        let highlighter =
            Highlighter::new(&query, corrections.iter().map(|correction| correction.meant.as_str()));
        let (state, count) = ((0, 0), OnceLock::new());
        Ok((Ranking { papers, mode, query, corrections, notice, state, highlighter, filter, count }, pool))
    }

    fn by_meaning(
        &self,
        snapshot: &Snapshot,
        query: &Query,
        filter: &Filter,
        topic: &str,
    ) -> Result<Vec<RankedPaper>, SearchFailure> {
        let narrowed = snapshot.narrowed(query, filter)?;
        let Some(vector) = self.query_vector(topic) else { return Ok(Vec::new()) };
        let nearest = self.nearest(&vector, DEPTH, narrowed.as_ref());
        let ranked =
            |(id, score)| RankedPaper { meaning: Some(score), ..RankedPaper::new(paper_id(id), score) };
        Ok(nearest.into_iter().map(ranked).collect())
    }

    fn by_both(
        &self,
        snapshot: &Snapshot,
        query: &Query,
        filter: &Filter,
        topic: &str,
        words: &[Hit],
    ) -> Result<Pool, SearchFailure> {
        let narrowed = snapshot.narrowed(query, filter)?;
        let vector = self.query_vector(topic).unwrap_or_default();
        let nearest = self.nearest(&vector, POOL, narrowed.as_ref());
        let only_near: Vec<u64> =
            nearest.iter().map(|(id, _)| *id).filter(|id| !words.iter().any(|hit| hit.id == *id)).collect();
        let scores = snapshot.scores(query, &only_near)?;
        let ids: Vec<u64> = words.iter().map(|hit| hit.id).chain(only_near).collect();
        let meanings = self.vectors.read().score(&vector, &ids).unwrap_or_else(|_| vec![None; ids.len()]);
        let words = words.iter().map(|hit| hit.score).chain(scores);
        let pool = ids.into_iter().zip(words).zip(meanings);
        // None of its words is a score as well: 0.
        let pool = pool.map(|((id, words), meaning)| fusion::Candidate { id, words: Some(words), meaning });
        let fused = fusion::fuse(&pool.collect::<Vec<_>>(), self.fusion_weights().meaning);
        Ok(Pool { fused, words: snapshot.query_words(query)? })
    }

    /// The documents that are nearest to a vector, among those of a set.
    pub(super) fn nearest(&self, vector: &[f32], limit: usize, among: Option<&IdSet>) -> Vec<(u64, f32)> {
        let is_among = |id| among.is_none_or(|ids| ids.contains(id));
        let filter = among.is_some().then_some(&is_among as &dyn Fn(u64) -> bool);
        // Of other dimensions are only vectors of another model, which are not taken in.
        self.vectors.read().nearest(vector, limit, filter).unwrap_or_default()
    }

    /// The vector of a query; those of recent ones are kept.
    fn query_vector(&self, topic: &str) -> Option<Arc<Vec<f32>>> {
        let model = self.model.as_ref()?;
        Some(self.query_vectors.get_with(topic.to_lowercase(), || Arc::new(model.embed_query(topic))))
    }

    pub(super) fn fusion_weights(&self) -> FusionWeights {
        let manifest = self.model.as_ref().and_then(|model| model.manifest());
        manifest.map_or(FusionWeights::DEFAULT, |manifest| manifest.fusion)
    }
}

/// What was typed, with its LaTeX as it is displayed.
pub(super) fn as_displayed(typed: &str) -> String {
    if typed.contains(['\\', '$']) && typed.len() <= 4 * search::query::MAX_QUERY_CHARS {
        readable(typed)
    } else {
        typed.to_owned()
    }
}

fn by_words(hit: Hit) -> RankedPaper {
    let words = (hit.score > 0.0).then_some(hit.score);
    RankedPaper { words, ..RankedPaper::new(paper_id(hit.id), hit.score) }
}

/// The id of a document as a row id.
pub(super) fn paper_id(id: u64) -> i64 {
    i64::try_from(id).unwrap_or_default()
}
