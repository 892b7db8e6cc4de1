//! Reading what imports did.

use entity::enums::ImportStatus;
use entity::{import_problem, import_run};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::Result;
use crate::paging::RowList;

/// The records that a run refused, the first ones, each with its reason; of a failed run also, as the last, why
/// it could not go on.
///
/// # Errors
/// Where the database fails.
pub async fn problems(
    connection: &impl ConnectionTrait,
    run: &import_run::Model,
    limit: u64,
) -> Result<Vec<String>> {
    let all = import_problem::Entity::find().filter(import_problem::Column::ImportRunId.eq(run.id));
    let first = all.clone().order_by_asc(import_problem::Column::Id).limit(limit);
    let mut rows = first.all(connection).await?;
    if run.status == ImportStatus::Failed {
        let last = all.order_by_desc(import_problem::Column::Id).one(connection).await?;
        rows.extend(last.filter(|last| !rows.contains(last)));
    }
    Ok(rows.into_iter().map(|row| format!("{}: {}", row.item, row.reason)).collect())
}

/// All runs, the latest first.
#[must_use]
pub fn list() -> RowList<import_run::Entity> {
    RowList::latest_first(import_run::Entity::find(), import_run::Column::Id, |row| row.id)
}

/// The run with this row id.
///
/// # Errors
/// Where the database fails.
pub async fn by_id(connection: &impl ConnectionTrait, id: i64) -> Result<Option<import_run::Model>> {
    Ok(import_run::Entity::find_by_id(id).one(connection).await?)
}
