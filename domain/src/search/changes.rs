//! The changes of papers, in the order of their commits.

use entity::{paper_change, search_generation};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::Result;

/// A paper with the number of its last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PaperChange {
    pub number: i64,
    pub paper_id: i64,
}

/// The number of the last change; 0 if nothing has changed yet.
pub(super) async fn newest(connection: &impl ConnectionTrait) -> Result<i64> {
    let newest: Option<i64> = paper_change::Entity::find()
        .select_only()
        .column(paper_change::Column::Number)
        .order_by_desc(paper_change::Column::Number)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(newest.unwrap_or(0))
}

/// Up to `limit` papers that changed after `after`, by number and id.
pub(super) async fn since(
    connection: &impl ConnectionTrait,
    after: PaperChange,
    limit: u64,
) -> Result<Vec<PaperChange>> {
    use paper_change::Column::{Number, PaperId};

    let same_number = Condition::all().add(Number.eq(after.number)).add(PaperId.gt(after.paper_id));
    let rows: Vec<(i64, i64)> = paper_change::Entity::find()
        .select_only()
        .column(Number)
        .column(PaperId)
        .filter(Condition::any().add(Number.gt(after.number)).add(same_number))
        .filter(Number.gte(after.number))
        .order_by_asc(Number)
        .order_by_asc(PaperId)
        .limit(limit)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|(number, paper_id)| PaperChange { number, paper_id }).collect())
}

/// The generation that indexes are to be of.
pub(super) async fn generation(connection: &impl ConnectionTrait) -> Result<i64> {
    let row = search_generation::Entity::find_by_id(1).one(connection).await?;
    Ok(row.map_or(0, |row| row.number))
}
