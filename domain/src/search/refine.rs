//! A closer look at the best papers that HYBRID found, for which their texts are read.
//!
//! The first are ordered anew by what they cover of the query ([`fusion::refine`]). If an administrator wants it, a
//! cross-encoder then reads the query together with each of the first few; a paper costs it as much as a vector. If the
//! machine is too busy, the papers stay in the order that they have.

use std::collections::HashMap;
use std::sync::Arc;

use entity::paper;
use latex::readable;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use search::cover::{Cover, QueryWords};
use search::fusion::{self, Fused};
use search::query::Query;

use crate::{Result, Services};

use super::documents::document_id;
use super::engine::{Reranker, Search};
use super::metrics::SearchKind;
use super::rank::{Pool, paper_id};
use super::ranking::RankedPaper;

/// Papers that are ordered anew by what they cover. Measured: 20 and 50 are as good.
const COVERED: usize = 30;

/// Titles and abstracts as the database has them, by document.
type Texts = HashMap<u64, (String, String)>;

impl Search {
    /// The papers of a pool in their last order.
    pub(super) async fn refined(
        self: &Arc<Self>,
        services: &Services,
        query: &Query,
        pool: Pool,
    ) -> Result<Vec<RankedPaper>> {
        let Pool { mut fused, words } = pool;
        let weights = self.fusion_weights();
        let is_covered = !words.is_empty() && (weights.cover > 0.0 || weights.sentence > 0.0);
        let covered = if is_covered { COVERED } else { 0 };
        let reranked = self.reranker.as_ref().map_or(0, |reranker| reranker.papers);
        let first: Vec<u64> = fused.iter().take(covered.max(reranked)).map(|found| found.id).collect();
        if first.is_empty() {
            return Ok(fused.into_iter().map(ranked).collect());
        }
        let texts = Arc::new(texts(services, &first).await?);
        let known = Arc::clone(&texts);
        let covers = self.offload(SearchKind::Cover, move |_| {
            first.iter().take(covered).map(|id| cover(&words, known.get(id))).collect::<Vec<Cover>>()
        });
        match covers.await {
            Ok(covers) => fusion::refine(&mut fused, &covers, &weights),
            Err(error) => tracing::warn!(%error, "papers were not ordered by what they cover"),
        }
        let mut papers: Vec<RankedPaper> = fused.into_iter().map(ranked).collect();
        if let Some(reranker) = self.reranker.clone() {
            self.rerank(reranker, query.topic(), texts, &mut papers).await;
        }
        Ok(papers)
    }

    async fn rerank(
        self: &Arc<Self>,
        Reranker { model, papers: count }: Reranker,
        topic: String,
        texts: Arc<Texts>,
        papers: &mut [RankedPaper],
    ) {
        let ids: Vec<i64> = papers.iter().take(count).map(|ranked| ranked.paper_id).collect();
        let judged = self.offload(SearchKind::Rerank, move |_| {
            let text = |&id: &i64| {
                let (title, summary) = texts.get(&document_id(id))?;
                Some((id, format!("{}. {}", readable(title), readable(summary))))
            };
            let known: Vec<(i64, String)> = ids.iter().filter_map(text).collect();
            let documents: Vec<&str> = known.iter().map(|(_, text)| text.as_str()).collect();
            let scores = model.score(&topic, &documents);
            known.iter().map(|(id, _)| *id).zip(scores).collect::<HashMap<i64, f32>>()
        });
        match judged.await {
            Ok(scores) => reorder(papers, count, &scores),
            Err(error) => tracing::warn!(%error, "papers were not reranked"),
        }
    }
}

fn ranked(found: Fused) -> RankedPaper {
    RankedPaper {
        words: found.words.filter(|&words| words > 0.0),
        meaning: found.meaning,
        ..RankedPaper::new(paper_id(found.id), found.fused)
    }
}

/// What a document covers; nothing if it is gone from the database.
fn cover(words: &QueryWords, text: Option<&(String, String)>) -> Cover {
    text.map(|(title, summary)| words.cover(&readable(title), &readable(summary))).unwrap_or_default()
}

async fn texts(services: &Services, ids: &[u64]) -> Result<Texts> {
    let rows: Vec<(i64, String, String)> = paper::Entity::find()
        .select_only()
        .columns([paper::Column::Id, paper::Column::Title, paper::Column::Abstract])
        .filter(paper::Column::Id.is_in(ids.iter().copied().map(paper_id)))
        .into_tuple()
        .all(services.db.read())
        .await?;
    Ok(rows.into_iter().map(|(id, title, summary)| (document_id(id), (title, summary))).collect())
}

/// Orders the first `count` papers by how well they fit. Their scores stay above those of the others.
fn reorder(papers: &mut [RankedPaper], count: usize, scores: &HashMap<i64, f32>) {
    let (best, others) = papers.split_at_mut(count.min(papers.len()));
    let floor = others.first().or(best.last()).map_or(0.0, |ranked| ranked.score);
    for ranked in best.iter_mut() {
        let fit = scores.get(&ranked.paper_id).map_or(0.0, |&score| sigmoid(score));
        (ranked.fit, ranked.score) = (Some(fit), floor + fit);
    }
    best.sort_by(|a, b| b.score.total_cmp(&a.score));
}

/// A score of the model, which is any number, as a share.
fn sigmoid(score: f32) -> f32 {
    1.0 / (1.0 + (-score).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(paper_id: i64, score: f32) -> RankedPaper {
        RankedPaper { meaning: Some(score), ..RankedPaper::new(paper_id, score) }
    }

    #[test]
    fn the_first_are_reordered_and_stay_above_the_others() {
        let mut papers = [ranked(1, 2.0), ranked(2, 1.5), ranked(3, 1.0), ranked(4, -0.5), ranked(5, -1.0)];
        // The third is gone from the database meanwhile.
        reorder(&mut papers, 3, &HashMap::from([(1, -3.0), (2, 4.0)]));
        assert_eq!(papers.map(|ranked| ranked.paper_id), [2, 1, 3, 4, 5]);
        assert!(papers.is_sorted_by(|a, b| a.score >= b.score), "{papers:?}");
        assert_eq!(papers.map(|ranked| ranked.fit.is_some()), [true, true, true, false, false]);
        assert_eq!(papers[3], ranked(4, -0.5));
        let mut papers = [ranked(1, 0.0)];
        reorder(&mut papers, 50, &HashMap::from([(1, 0.0)]));
        assert_eq!(papers[0].fit, Some(0.5));
        reorder(&mut [], 50, &HashMap::new());
    }
}
