//! The rows of lists that are read by schedule: claimed by lease, and written when they were read.
//!
//! Always: only who holds the lease writes the row.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::Source;
use entity::source_reading::{self, Column};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait as _, Condition, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _,
    QueryFilter as _, QuerySelect as _, Statement,
};

use crate::{Error, Result, Services, random};

use super::{LEASE_TIME, retry_at};

/// The age at which a list that cannot be read is given up.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(30);

/// Claims a list of a source that is due: of several that of the latest day.
pub(super) async fn claim(services: &Services, source: Source) -> Result<Option<source_reading::Model>> {
    let now = services.now();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let backend = tx.get_database_backend();
                let skip = if backend == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
                let sql = format!(
                    "WITH due AS MATERIALIZED (SELECT id FROM source_reading WHERE source = $1 AND next_read_at <= $2 \
                     AND (lease_until IS NULL OR lease_until <= $2 OR lease_until > $4) \
                     ORDER BY day DESC, part LIMIT 1 {skip}) \
                     UPDATE source_reading SET owner = $3, lease_until = $4, attempted_at = $2 \
                     WHERE id IN (SELECT id FROM due) RETURNING *"
                );
                let values = [source.into(), now.into(), random::name().into(), (now + LEASE_TIME).into()];
                let statement = Statement::from_sql_and_values(backend, sql, values);
                Ok(source_reading::Entity::find().from_raw_sql(statement).one(tx).await?)
            })
        })
        .await
}

/// When the next list or harvest of a source is due.
pub(super) async fn next(services: &Services, source: Source) -> Result<Option<DateTime<Utc>>> {
    let list = source_reading::Entity::find()
        .select_only()
        .column_as(Column::NextReadAt.min(), "next")
        .filter(Column::Source.eq(source))
        .filter(
            Condition::any().add(Column::LeaseUntil.is_null()).add(Column::LeaseUntil.lte(services.now())),
        )
        .into_tuple::<Option<DateTime<Utc>>>()
        .one(services.db.read())
        .await?
        .flatten();
    let harvest = match source {
        Source::HfDaily => None,
        Source::Arxiv => super::harvest_rows::next(services).await?,
    };
    Ok([list, harvest].into_iter().flatten().min())
}

/// What a reading leaves in its row.
pub(super) fn read(row: &source_reading::Model, now: DateTime<Utc>) -> source_reading::ActiveModel {
    source_reading::ActiveModel {
        id: Unchanged(row.id),
        attempt: Set(0),
        read_at: Set(Some(now)),
        error: Set(None),
        owner: Set(None),
        lease_until: Set(None),
        ..Default::default()
    }
}

/// Writes a row that is claimed.
pub(super) async fn write(
    tx: &DatabaseTransaction,
    claimed: &source_reading::Model,
    row: source_reading::ActiveModel,
) -> Result<()> {
    let done = source_reading::Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(claimed.id))
        .filter(Column::Owner.eq(claimed.owner.as_deref()))
        .exec(tx)
        .await?;
    // Another worker reads the list now; what this one brought is left to it.
    if done.rows_affected == 1 { Ok(()) } else { Err(lost()) }
}

/// Writes a row that is claimed, in a transaction of its own. A claim that was lost is no error.
pub(super) async fn save(
    services: &Services,
    claimed: &source_reading::Model,
    row: source_reading::ActiveModel,
) -> Result<()> {
    let row = &row;
    let work = services.db.write(|tx| Box::pin(async move { write(tx, claimed, row.clone()).await }));
    match work.await {
        Err(Error::User(_)) => Ok(()),
        done => done,
    }
}

/// Gives a row back that was not read, to be read at `at`.
pub(super) async fn put_off(
    services: &Services,
    claimed: &source_reading::Model,
    at: DateTime<Utc>,
    reason: Option<String>,
) -> Result<()> {
    let row = source_reading::ActiveModel {
        id: Unchanged(claimed.id),
        next_read_at: Set(Some(at)),
        error: Set(reason.or_else(|| claimed.error.clone())),
        owner: Set(None),
        lease_until: Set(None),
        ..Default::default()
    };
    save(services, claimed, row).await
}

/// Notes an attempt that failed.
pub(super) async fn fail(
    services: &Services,
    claimed: &source_reading::Model,
    earliest: DateTime<Utc>,
    reason: String,
) -> Result<()> {
    let attempts = claimed.attempt.saturating_add(1);
    let now = services.now();
    // A day of long ago that cannot be read is given up.
    let at = (now - claimed.due_at < GIVEN_UP_AFTER).then(|| retry_at(now, attempts, earliest));
    tracing::warn!(source = ?claimed.source, part = claimed.part, day = %claimed.day, reason, "a source was not read");
    let row = source_reading::ActiveModel {
        id: Unchanged(claimed.id),
        attempt: Set(attempts),
        next_read_at: Set(at),
        error: Set(Some(reason)),
        owner: Set(None),
        lease_until: Set(None),
        ..Default::default()
    };
    save(services, claimed, row).await
}

/// The error of a worker whose claim was taken over.
fn lost() -> Error {
    Error::user(crate::error::UserErrorCode::Conflict, &[], "Another worker has taken the list over.")
}
