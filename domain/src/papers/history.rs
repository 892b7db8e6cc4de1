//! What Hugging Face counted for a paper, day by day: votes and comments as they were when they were read last.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::paper_history::{self, Column};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _,
};

use crate::Result;

/// Counts of a paper.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) paper_id: i64,
    pub(crate) upvotes: i32,
    pub(crate) comments: i32,
}

/// Writes the counts of a day; those that were read before on the same day give way.
pub(crate) async fn record(tx: &DatabaseTransaction, day: NaiveDate, counts: &[Counts]) -> Result<()> {
    // One statement cannot write a row twice, and a list can name a paper twice.
    let mut latest = BTreeMap::new();
    latest.extend(counts.iter().map(|counts| (counts.paper_id, counts)));
    if latest.is_empty() {
        return Ok(());
    }
    let rows = latest.into_values().map(|counts| paper_history::ActiveModel {
        paper_id: Set(counts.paper_id),
        day: Set(day),
        upvotes: Set(counts.upvotes),
        comments: Set(counts.comments),
    });
    let replace = OnConflict::columns([Column::PaperId, Column::Day])
        .update_columns([Column::Upvotes, Column::Comments])
        .to_owned();
    paper_history::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}

/// The histories of papers, the latest day of each first.
///
/// # Errors
/// If the database fails.
pub async fn of(
    connection: &impl ConnectionTrait,
    paper_ids: &[i64],
) -> Result<HashMap<i64, Vec<paper_history::Model>>> {
    let rows = paper_history::Entity::find()
        .filter(Column::PaperId.is_in(paper_ids.iter().copied()))
        .order_by_desc(Column::Day)
        .all(connection)
        .await?;
    let mut histories: HashMap<i64, Vec<_>> = HashMap::new();
    for row in rows {
        histories.entry(row.paper_id).or_default().push(row);
    }
    Ok(histories)
}
