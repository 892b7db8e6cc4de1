//! Recomputation of words: papers whose words were computed by the rules of an earlier build get those of this build.
//!
//! A few hundred papers in a transaction, from the lowest number on, until none is left; a paper that an import writes
//! meanwhile has its words by the new rules already. Until it is done, what was not reached yet is found by its old
//! words. An older build beside a newer one changes nothing back, but for the papers that it writes.
//!
//! Always: broken off, it goes on where it was the next time; run again, it changes nothing.

use entity::{paper, paper_words};
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::papers::relations;
use crate::{Result, Services};

use super::words;

/// The number of papers in one transaction.
const BATCH_SIZE: u64 = 200;

/// Recomputes words that were computed by earlier rules. Returns the number of papers.
pub async fn renew(services: &Services) -> Result<usize> {
    let mut renewed = 0;
    loop {
        // Most of the time nothing is stale, and nobody has to wait for that to be found out.
        if stale().one(services.db.read()).await?.is_none() {
            break;
        }
        let batch = services.db.write(|tx| Box::pin(renew_batch(tx))).await?;
        if batch == 0 {
            break;
        }
        renewed += batch;
    }
    if renewed > 0 {
        tracing::info!(
            papers = renewed,
            rules = words::RULES_VERSION,
            "word rules changed: words of papers were recomputed"
        );
    }
    Ok(renewed)
}

fn stale() -> sea_orm::Select<paper_words::Entity> {
    paper_words::Entity::find()
        .filter(paper_words::Column::Rules.lt(words::RULES_VERSION))
        .order_by_asc(paper_words::Column::Rules)
        .order_by_asc(paper_words::Column::PaperId)
}

async fn renew_batch(tx: &DatabaseTransaction) -> Result<usize> {
    // Anyone who writes papers waits, so that no words are made of a title that is changed meanwhile.
    crate::locks::Lock::Papers.hold(tx).await?;
    let ids: Vec<i64> = stale()
        .select_only()
        .column(paper_words::Column::PaperId)
        .limit(BATCH_SIZE)
        .into_tuple()
        .all(tx)
        .await?;
    let papers = paper::Entity::find().filter(paper::Column::Id.is_in(ids.iter().copied())).all(tx).await?;
    let attachments = relations::load(tx, &ids).await?;
    relations::reword(tx, &papers, &attachments).await?;
    Ok(papers.len())
}
