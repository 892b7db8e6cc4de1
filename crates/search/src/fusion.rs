//! One order from two scores: by words and by meaning.
//!
//! Scores by words (BM25) have no fixed range, cosines of different models have quite different ones; so both are
//! standardised, to the mean 0 and the deviation 1 over the candidates, and added with a weight that is the model's.
//! This is better than adding reciprocal ranks, because it keeps how far apart candidates are. Candidates are the best
//! of either list, and each is scored by both: what is missing in a list is not what it has not.
//!
//! Always: the same candidates are in the same order, whatever order they came in.

use crate::cover::Cover;

/// What a weight may be: a share.
const WEIGHTS: std::ops::RangeInclusive<f32> = 0.0..=1.0;

/// The weights of scores by words and by meaning, which are a model's: found on training queries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FusionWeights {
    /// The share of meaning.
    pub meaning: f32,
    /// The share of meaning among the first documents.
    pub meaning_of_first: f32,
    /// What it counts among the first that a document has all of the query.
    pub cover: f32,
    /// What it counts among the first that one sentence has all of it.
    pub sentence: f32,
}

impl FusionWeights {
    /// For a model for which nothing was measured: two equal parts, a little more of meaning.
    pub const DEFAULT: Self = Self { meaning: 0.55, meaning_of_first: 0.55, cover: 0.0, sentence: 0.0 };
}

/// A document that either search found, with its score by each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Of the document.
    pub id: u64,
    /// Its score by words; 0 if it has none of them, nothing if it is not in the index.
    pub words: Option<f32>,
    /// Its score by meaning; nothing if it has no vector yet.
    pub meaning: Option<f32>,
}

/// A document in the order of both scores, with the parts of its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fused {
    /// Of the document.
    pub id: u64,
    /// As it was.
    pub words: Option<f32>,
    /// As it was.
    pub meaning: Option<f32>,
    /// The weighted sum of both, standardised.
    pub fused: f32,
}

/// Orders candidates by both scores; `weight` is the share of meaning.
///
/// A document that has only one of the scores is ordered by that one, as if the other were as good: a document whose
/// vector is not made yet is found by its words.
#[must_use]
pub fn fuse(candidates: &[Candidate], weight: f32) -> Vec<Fused> {
    let weight =
        if weight.is_nan() { *WEIGHTS.end() } else { weight.clamp(*WEIGHTS.start(), *WEIGHTS.end()) };
    let words = Standard::of(candidates.iter().filter_map(|candidate| candidate.words));
    let meaning = Standard::of(candidates.iter().filter_map(|candidate| candidate.meaning));
    let mut fused: Vec<Fused> = candidates
        .iter()
        .map(|&Candidate { id, words: by_words, meaning: by_meaning }| {
            let standard_words = by_words.map(|score| words.apply(score));
            let standard_meaning = by_meaning.map(|score| meaning.apply(score));
            let fused = weighed(standard_words, standard_meaning, weight);
            Fused { id, words: by_words, meaning: by_meaning, fused }
        })
        .collect();
    fused.sort_by(|a, b| b.fused.total_cmp(&a.fused).then(a.id.cmp(&b.id)));
    fused
}

/// Orders the first documents of a fused list anew, by both scores and what they cover of the query; `covers` has what
/// each of these covers, in their order. The scores of the others stay, or sink below those of the first.
pub fn refine(fused: &mut [Fused], covers: &[Cover], weights: &FusionWeights) {
    let words = Standard::of(fused.iter().filter_map(|found| found.words));
    let meaning = Standard::of(fused.iter().filter_map(|found| found.meaning));
    let (first, others) = fused.split_at_mut(covers.len().min(fused.len()));
    for (found, cover) in first.iter_mut().zip(covers) {
        let scores = weighed(
            found.words.map(|score| words.apply(score)),
            found.meaning.map(|score| meaning.apply(score)),
            weights.meaning_of_first,
        );
        found.fused = scores + weights.cover * cover.whole + weights.sentence * cover.sentence;
    }
    first.sort_by(|a, b| b.fused.total_cmp(&a.fused).then(a.id.cmp(&b.id)));
    if let (Some(lowest), Some(next)) = (first.last(), others.first()) {
        let sink = (next.fused - lowest.fused).max(0.0);
        for found in others {
            found.fused -= sink;
        }
    }
}

/// The weighted sum of two standardised scores. One that is missing is taken to be as good as the other.
fn weighed(words: Option<f32>, meaning: Option<f32>, share: f32) -> f32 {
    match (words, meaning) {
        (Some(words), Some(meaning)) => (1.0 - share) * words + share * meaning,
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => f32::MIN,
    }
}

/// The mean and deviation of scores.
#[derive(Debug)]
struct Standard {
    mean: f64,
    deviation: f64,
}

impl Standard {
    /// In 64 bits and in the order of the scores, so that the order of candidates changes no digit.
    fn of(scores: impl Iterator<Item = f32>) -> Self {
        let mut scores: Vec<f64> = scores.map(f64::from).filter(|score| score.is_finite()).collect();
        scores.sort_by(f64::total_cmp);
        #[expect(clippy::cast_precision_loss, reason = "a few hundred candidates")]
        let count = scores.len().max(1) as f64;
        let mean = scores.iter().sum::<f64>() / count;
        let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / count;
        Self { mean, deviation: variance.sqrt() }
    }

    /// 0 if all are equal.
    fn apply(&self, score: f32) -> f32 {
        #[expect(clippy::cast_possible_truncation, reason = "a small number")]
        let standard = ((f64::from(score) - self.mean) / self.deviation) as f32;
        if standard.is_finite() { standard } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidate(id: u64, words: f32, meaning: f32) -> Candidate {
        Candidate { id, words: Some(words), meaning: Some(meaning) }
    }

    fn ids(candidates: &[Candidate], weight: f32) -> Vec<u64> {
        fuse(candidates, weight).into_iter().map(|fused| fused.id).collect()
    }

    #[test]
    fn the_weight_is_the_share_of_meaning() {
        let candidates = [candidate(1, 30.0, 0.1), candidate(2, 20.0, 0.7), candidate(3, 1.0, 0.8)];
        assert_eq!(ids(&candidates, 0.0), [1, 2, 3]);
        assert_eq!(ids(&candidates, 1.0), [3, 2, 1]);
        assert_eq!(ids(&candidates, 0.5), [2, 1, 3]);
        assert_eq!(ids(&candidates, f32::NAN), [3, 2, 1]);
        let first = fuse(&candidates, 0.5)[0];
        assert_eq!((first.words, first.meaning), (Some(20.0), Some(0.7)));
        // Means 17 and 0.5333, deviations 12.0277 and 0.3091.
        assert!((first.fused - f32::midpoint(3.0 / 12.0277, 0.166_67 / 0.3091)).abs() < 1e-3, "{first:?}");
    }

    #[test]
    fn what_has_one_score_is_ordered_by_it() {
        let mut candidates = vec![candidate(1, 10.0, 0.2), candidate(2, 5.0, 0.5), candidate(3, 0.0, 0.3)];
        candidates.push(Candidate { id: 4, words: Some(9.0), meaning: None });
        candidates.push(Candidate { id: 5, words: None, meaning: None });
        assert_eq!(ids(&candidates, 0.6), [4, 2, 1, 3, 5]);
    }

    #[test]
    fn equal_scores_are_in_the_order_of_ids() {
        let candidates = [candidate(3, 1.0, 0.5), candidate(1, 1.0, 0.5), candidate(2, 1.0, 0.5)];
        assert_eq!(ids(&candidates, 0.5), [1, 2, 3]);
        assert!(fuse(&candidates, 0.5).iter().all(|fused| fused.fused == 0.0));
        assert!(fuse(&[], 0.5).is_empty());
    }

    #[test]
    fn what_covers_the_query_comes_first_among_the_first() {
        let weights = FusionWeights { meaning: 0.5, meaning_of_first: 0.5, cover: 2.0, sentence: 1.0 };
        let candidates: Vec<_> = [(1, 9.0), (2, 8.0), (3, 7.0), (4, 6.0), (5, 5.0)]
            .into_iter()
            .map(|(id, words)| candidate(id, words, words / 10.0))
            .collect();
        let mut fused = fuse(&candidates, weights.meaning);
        let covers = [(0.2, 0.1), (0.2, 0.1), (1.0, 1.0)];
        let covers = covers.map(|(whole, sentence)| Cover { whole, sentence });
        refine(&mut fused, &covers, &weights);
        assert_eq!(fused.iter().map(|found| found.id).collect::<Vec<_>>(), [3, 1, 2, 4, 5]);
        assert!(fused.is_sorted_by(|a, b| a.fused >= b.fused), "{fused:?}");
        assert_eq!(fused.iter().find(|found| found.id == 4).map(|found| found.words), Some(Some(6.0)));
        // Without weights the order stays, and with nothing to look at all does.
        let before = fuse(&candidates, 0.55);
        let mut after = before.clone();
        refine(&mut after, &covers, &FusionWeights::DEFAULT);
        assert_eq!(before, after);
        refine(&mut after, &[], &weights);
        assert_eq!(before, after);
        refine(&mut [], &covers, &weights);
    }

    proptest! {
        #[test]
        fn the_order_does_not_depend_on_the_order_of_candidates(
            scores in prop::collection::vec((0.0_f32..50.0, prop::option::of(-1.0_f32..1.0)), 0..40),
        ) {
            let mut candidates: Vec<_> = (0..)
                .zip(scores)
                .map(|(id, (words, meaning))| Candidate { id, words: Some(words), meaning })
                .collect();
            let fused = fuse(&candidates, 0.55);
            candidates.reverse();
            prop_assert_eq!(fused, fuse(&candidates, 0.55));
        }
    }
}
