//! Reordering of the best papers by a cross-encoder, which reads the query together with each of them.
//!
//! A paper costs as much as a vector, so only the first few are read, and only if an administrator wants it. If the machine
//! is too busy, the papers stay in the order that they have.

use std::collections::HashMap;
use std::sync::Arc;

use entity::paper;
use latex::readable;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::{Result, Services};

use super::engine::{Reranker, Search};
use super::metrics::SearchKind;
use super::ranking::{RankedPaper, Ranking};

impl Search {
    /// Reorders the best papers of a list, if there is a model for it.
    pub(super) async fn rerank(self: &Arc<Self>, services: &Services, ranking: &mut Ranking) -> Result<()> {
        let Some(Reranker { model, papers }) = self.reranker.clone() else { return Ok(()) };
        let ids: Vec<i64> = ranking.papers.iter().take(papers).map(|ranked| ranked.paper_id).collect();
        let texts = texts(services, &ids).await?;
        let topic = ranking.query.topic();
        let judged = self.offload(SearchKind::Rerank, move |_| {
            let documents: Vec<&str> =
                ids.iter().filter_map(|id| texts.get(id)).map(String::as_str).collect();
            let known = ids.iter().copied().filter(|id| texts.contains_key(id));
            known.zip(model.score(&topic, &documents)).collect::<HashMap<i64, f32>>()
        });
        match judged.await {
            Ok(scores) => reorder(&mut ranking.papers, papers, &scores),
            Err(error) => tracing::warn!(%error, "papers were not reranked"),
        }
        Ok(())
    }
}

/// Titles and abstracts as displayed, by paper.
async fn texts(services: &Services, ids: &[i64]) -> Result<HashMap<i64, String>> {
    let rows: Vec<(i64, String, String)> = paper::Entity::find()
        .select_only()
        .columns([paper::Column::Id, paper::Column::Title, paper::Column::Abstract])
        .filter(paper::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(services.db.read())
        .await?;
    let text = |title: &str, summary: &str| format!("{}. {}", readable(title), readable(summary));
    Ok(rows.iter().map(|(id, title, summary)| (*id, text(title, summary))).collect())
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
        RankedPaper { paper_id, score, words: None, meaning: Some(score), fit: None }
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
