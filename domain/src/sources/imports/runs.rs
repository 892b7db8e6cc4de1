//! Queries for import runs and their problems.

use db::paging::{self, PageRange, PageRequest, RowList};
use entity::{import_problem, import_run};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use crate::{Result, Services};

/// The records that a run refused and the files that it could not read, each with its reason, in the order in which
/// they came; of a failed run last why it could not go on.
#[must_use]
pub fn problems(run_id: i64) -> RowList<import_problem::Entity> {
    let rows = import_problem::Entity::find()
        .filter(import_problem::Column::ImportRunId.eq(run_id))
        .filter(import_problem::Column::Field.is_null());
    RowList::oldest_first(format!("problems of {run_id}"), rows, import_problem::Column::Id, |row| row.id)
}

/// The warnings of a run about the records that it accepted, in input order.
#[must_use]
pub fn warnings(run_id: i64) -> RowList<import_problem::Entity> {
    let rows = import_problem::Entity::find()
        .filter(import_problem::Column::ImportRunId.eq(run_id))
        .filter(import_problem::Column::Field.is_not_null());
    RowList::oldest_first(format!("warnings of {run_id}"), rows, import_problem::Column::Id, |row| row.id)
}

/// The first problems or warnings of a list, at most `limit` of them.
///
/// # Errors
/// If the database fails.
pub async fn first(
    services: &Services,
    list: RowList<import_problem::Entity>,
    limit: u64,
) -> Result<Vec<import_problem::Model>> {
    let first = PageRequest::new(list, PageRange::first(limit), ());
    Ok(paging::page(services.db.read(), &first).await?.rows)
}

/// A problem or a warning in a line.
#[must_use]
pub fn line(problem: &import_problem::Model) -> String {
    match &problem.field {
        Some(field) => format!("{}, {field}: {}", problem.item, problem.reason),
        None => format!("{}: {}", problem.item, problem.reason),
    }
}

/// All runs, the latest first.
#[must_use]
pub fn list() -> RowList<import_run::Entity> {
    RowList::latest_first(
        "import runs".to_owned(),
        import_run::Entity::find(),
        import_run::Column::Id,
        |row| row.id,
    )
}

/// The run with this row id.
pub async fn by_id(connection: &impl ConnectionTrait, id: i64) -> Result<Option<import_run::Model>> {
    Ok(import_run::Entity::find_by_id(id).one(connection).await?)
}
