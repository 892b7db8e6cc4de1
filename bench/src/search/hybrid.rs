//! Words and meaning put together, as the service does it.

use anyhow::Result;
use search::fusion::Candidate;
use search::index::{Filter, Snapshot};
use search::query::Query;
use search::vectors::VectorIndex;

/// The best of either list that are put together.
pub(super) const POOL: usize = 100;

/// The best by words and the best by meaning, each with both scores.
///
/// # Errors
/// If the index cannot be read, or the vector has other dimensions.
pub(super) fn candidates(
    snapshot: &Snapshot,
    vectors: &VectorIndex,
    query: &Query,
    vector: &[f32],
) -> Result<Vec<Candidate>> {
    let words = snapshot.search(query, &Filter::default(), POOL)?.hits;
    let nearest = vectors.nearest(vector, POOL, None)?;
    let only_near: Vec<u64> =
        nearest.iter().map(|(id, _)| *id).filter(|id| !words.iter().any(|hit| hit.id == *id)).collect();
    let scores = snapshot.scores(query, &only_near)?;
    let ids: Vec<u64> = words.iter().map(|hit| hit.id).chain(only_near).collect();
    let meanings = vectors.score(vector, &ids)?;
    let words = words.iter().map(|hit| hit.score).chain(scores);
    let candidate = |((id, words), meaning)| Candidate { id, words: Some(words), meaning };
    Ok(ids.into_iter().zip(words).zip(meanings).map(candidate).collect())
}
