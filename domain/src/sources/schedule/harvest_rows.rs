//! The rows of harvests: claimed by lease, and written when a page was read.
//!
//! Always: only who holds the lease writes the row.

use chrono::{DateTime, Utc};
use entity::harvest::{self, Column};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait as _, Condition, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _,
    QueryFilter as _, QuerySelect as _, Statement,
};

use crate::error::UserErrorCode;
use crate::{Error, Result, Services, random};

use super::{LEASE_TIME, timetable};

/// Claims a scheduled harvest of which a page is due.
pub(super) async fn claim(services: &Services) -> Result<Option<harvest::Model>> {
    claim_where(services, "is_scheduled", None).await
}

/// Claims the harvest of this key, if a page of it is due.
pub(in crate::sources) async fn claim_key(services: &Services, key: &str) -> Result<Option<harvest::Model>> {
    claim_where(services, "key = $5", Some(key)).await
}

async fn claim_where(services: &Services, which: &str, key: Option<&str>) -> Result<Option<harvest::Model>> {
    let now = services.now();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let backend = tx.get_database_backend();
                let skip = if backend == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
                let sql = format!(
                    "WITH due AS MATERIALIZED (SELECT key FROM harvest WHERE {which} AND next_read_at <= $1 \
                     AND (lease_until IS NULL OR lease_until <= $1 OR lease_until > $3) \
                     ORDER BY next_read_at, key LIMIT 1 {skip}) \
                     UPDATE harvest SET owner = $2, lease_until = $3, attempted_at = $4 \
                     WHERE key IN (SELECT key FROM due) RETURNING *"
                );
                let mut values =
                    vec![now.into(), random::name().into(), (now + LEASE_TIME).into(), now.into()];
                values.extend(key.map(Into::into));
                let statement = Statement::from_sql_and_values(backend, sql, values);
                Ok(harvest::Entity::find().from_raw_sql(statement).one(tx).await?)
            })
        })
        .await
}

/// When the next page of a scheduled harvest is due.
pub(super) async fn next(services: &Services) -> Result<Option<DateTime<Utc>>> {
    Ok(harvest::Entity::find()
        .select_only()
        .column_as(Column::NextReadAt.min(), "next")
        .filter(Column::IsScheduled.eq(true))
        .filter(
            Condition::any().add(Column::LeaseUntil.is_null()).add(Column::LeaseUntil.lte(services.now())),
        )
        .into_tuple::<Option<DateTime<Utc>>>()
        .one(services.db.read())
        .await?
        .flatten())
}

/// The row behind the last page of a list.
pub(super) fn finished(services: &Services, place: &harvest::Model) -> harvest::ActiveModel {
    let now = services.now();
    let from = place.responded_at.map(|at| at.min(now).date_naive()).or(place.from_day);
    harvest::ActiveModel {
        token: Set(None),
        token_expires_at: Set(None),
        pages: Set(0),
        records: Set(0),
        list_size: Set(None),
        responded_at: Set(None),
        import_run_id: Set(None),
        from_day: Set(if place.is_scheduled { from } else { place.from_day }),
        attempt: Set(0),
        read_at: Set(Some(now)),
        finished_at: Set(Some(now)),
        next_read_at: Set(place.is_scheduled.then(|| timetable::next_harvest(now))),
        error: Set(None),
        owner: Set(None),
        lease_until: Set(None),
        key: Unchanged(place.key.clone()),
        ..Default::default()
    }
}

/// The row given back, to be read at `at`.
pub(super) fn released(
    harvest: &harvest::Model,
    at: DateTime<Utc>,
    error: Option<String>,
) -> harvest::ActiveModel {
    harvest::ActiveModel {
        key: Unchanged(harvest.key.clone()),
        next_read_at: Set(Some(at)),
        error: Set(error),
        owner: Set(None),
        lease_until: Set(None),
        ..Default::default()
    }
}

/// Writes the row of a harvest that is claimed.
pub(super) async fn write(
    tx: &DatabaseTransaction,
    claimed: &harvest::Model,
    next: &harvest::ActiveModel,
) -> Result<()> {
    let done = harvest::Entity::update_many()
        .set(next.clone())
        .filter(Column::Key.eq(claimed.key.as_str()))
        .filter(Column::Owner.eq(claimed.owner.as_deref()))
        .exec(tx)
        .await?;
    if done.rows_affected == 1 {
        return Ok(());
    }
    let message = "Another worker has taken the harvest over.";
    Err(Error::user(UserErrorCode::Conflict, &[], message))
}

/// Writes the row of a harvest that is claimed, in a transaction of its own.
pub(super) async fn write_alone(
    services: &Services,
    claimed: &harvest::Model,
    next: &harvest::ActiveModel,
) -> Result<()> {
    services.db.write(|tx| Box::pin(async move { write(tx, claimed, next).await })).await
}
