//! Statements of a batch that were taken in before, so that nothing of their papers has to be read or written.
//!
//! The keys of statements are on the paper. Two million papers that did not change since the last snapshot are two million
//! look-ups of one row, without authors, categories and versions.
//!
//! Always: a statement is passed over only if to take it in again would change nothing: it is known by its key, its paper
//! has its arXiv identifier still, and it says nothing but words.

use std::collections::HashMap;

use entity::json::StringList;
use entity::paper;
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::Result;

use super::precedence::Speaker;
use super::prepared::PreparedPaper;

/// The statements of a batch that are known, by their place in the batch, and the row ids of their papers.
pub(super) async fn find(tx: &DatabaseTransaction, papers: &[&PreparedPaper]) -> Result<HashMap<usize, i64>> {
    let can_be_known = |paper: &&PreparedPaper| paper.said.by == Speaker::Arxiv && paper.is_words_alone();
    let ids: Vec<&str> = papers
        .iter()
        .copied()
        .filter(can_be_known)
        .filter_map(|paper| paper.arxiv_id.as_ref().map(arxiv::ArxivId::as_str))
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, String, StringList)> = paper::Entity::find()
        .select_only()
        .columns([paper::Column::Id, paper::Column::ArxivId, paper::Column::SaidBefore])
        .filter(paper::Column::ArxivId.is_in(ids))
        .into_tuple()
        .all(tx)
        .await?;
    let known: HashMap<String, (i64, StringList)> =
        rows.into_iter().map(|(paper_id, id, said)| (id, (paper_id, said))).collect();
    let is_known = |(place, paper): (usize, &&PreparedPaper)| {
        let (paper_id, said) = known.get(paper.arxiv_id.as_ref()?.as_str())?;
        said.0.contains(&paper.key).then_some((place, *paper_id))
    };
    Ok(papers.iter().enumerate().filter(|(_, paper)| can_be_known(paper)).filter_map(is_known).collect())
}
