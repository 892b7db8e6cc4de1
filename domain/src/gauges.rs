//! Gauges whose values are in the database: the queue, circuits, sources, vectors, workers.
//!
//! They are read when a scrape asks for them, whatever process it asks: all of them say the same. What cannot be read in
//! time keeps its last value, and [`crate::instruments::DATABASE_UP`] says so.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::enums::{ImportStatus, PaperSource};
use entity::{import_run, source, source_reading};
use metrics::gauge;
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, Statement,
};
use tokio::time::timeout;

use crate::Db;
use crate::delivery::health::circuit_breaker;
use crate::error::Error;
use crate::instruments::{
    CIRCUITS_OPEN, DATABASE_UP, QUEUE_DUE, QUEUE_OLDEST_AGE, QUEUE_WAITING, SEARCH_AWAITING_VECTOR,
    SOURCE_LAST_SUCCESS, SOURCE_READ, WORKERS, as_gauge, label,
};
use crate::search::embed;
use crate::{Result, Services, workers};

/// The time limit for the database.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

/// The lanes of the queue, and the deliveries on them: in the words of the two indexes.
const LANES: [(&str, &str); 2] = [("digests", "kind = 'DIGEST'"), ("transactional", "kind <> 'DIGEST'")];

/// Reads all gauges, and sets them.
pub async fn refresh(services: &Services) {
    let (db, now) = (&services.db, services.now());
    let reading = async {
        for (lane, kinds) in LANES {
            refresh_lane(db, now, lane, kinds).await?;
        }
        refresh_circuits(db).await?;
        refresh_sources(db).await?;
        refresh_scheduled_sources(db).await?;
        refresh_vectors(db).await?;
        let running = workers::running(db, now).await?;
        gauge!(WORKERS).set(as_gauge(running.len()));
        Ok::<(), Error>(())
    };
    let is_up = match timeout(READ_TIMEOUT, reading).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "gauges cannot be read from the database");
            false
        }
        Err(_) => {
            tracing::warn!("gauges cannot be read from the database in time");
            false
        }
    };
    gauge!(DATABASE_UP).set(if is_up { 1.0 } else { 0.0 });
}

async fn refresh_lane(db: &Db, now: DateTime<Utc>, lane: &'static str, kinds: &str) -> Result<()> {
    let sql = format!(
        "SELECT COUNT(*), COUNT(CASE WHEN next_attempt_at <= $1 THEN 1 END), MIN(next_attempt_at) \
         FROM delivery WHERE {kinds} AND next_attempt_at IS NOT NULL"
    );
    let statement = Statement::from_sql_and_values(db.backend(), sql, [now.into()]);
    let Some(row) = db.read().query_one_raw(statement).await? else { return Ok(()) };
    let (waiting, due) = (row.try_get_by_index::<i64>(0)?, row.try_get_by_index::<i64>(1)?);
    let oldest = row.try_get_by_index::<Option<DateTime<Utc>>>(2)?;
    let age = oldest.and_then(|oldest| (now - oldest).to_std().ok()).unwrap_or_default();
    gauge!(QUEUE_WAITING, "lane" => lane).set(as_gauge(waiting));
    gauge!(QUEUE_DUE, "lane" => lane).set(as_gauge(due));
    gauge!(QUEUE_OLDEST_AGE, "lane" => lane).set(age.as_secs_f64());
    Ok(())
}

async fn refresh_circuits(db: &Db) -> Result<()> {
    let open = circuit_breaker::find_open(db.read()).await?;
    let all = open.iter().filter(|circuit| circuit.domain == circuit_breaker::ALL_DOMAINS).count();
    gauge!(CIRCUITS_OPEN, "scope" => "all").set(as_gauge(all));
    gauge!(CIRCUITS_OPEN, "scope" => "domain").set(as_gauge(open.len() - all));
    Ok(())
}

async fn refresh_sources(db: &Db) -> Result<()> {
    let latest: Vec<(PaperSource, Option<DateTime<Utc>>)> = import_run::Entity::find()
        .select_only()
        .column(import_run::Column::Source)
        .expr(sea_orm::sea_query::Expr::col(import_run::Column::FinishedAt).max())
        .filter(import_run::Column::Status.eq(ImportStatus::Done))
        .group_by(import_run::Column::Source)
        .into_tuple()
        .all(db.read())
        .await?;
    for (source, finished_at) in latest {
        let Some(finished_at) = finished_at else { continue };
        gauge!(SOURCE_LAST_SUCCESS, "source" => label(&source)).set(as_gauge(finished_at.timestamp()));
    }
    Ok(())
}

async fn refresh_scheduled_sources(db: &Db) -> Result<()> {
    let scheduled =
        source::Entity::find().filter(source::Column::IsScheduled.eq(true)).all(db.read()).await?;
    for row in scheduled {
        let read_at = source_reading::Entity::find()
            .select_only()
            .expr(sea_orm::sea_query::Expr::col(source_reading::Column::ReadAt).max())
            .filter(source_reading::Column::Source.eq(row.name))
            .into_tuple::<Option<DateTime<Utc>>>()
            .one(db.read())
            .await?
            .flatten();
        let Some(read_at) = read_at else { continue };
        gauge!(SOURCE_READ, "source" => label(&row.name)).set(as_gauge(read_at.timestamp()));
    }
    Ok(())
}

async fn refresh_vectors(db: &Db) -> Result<()> {
    let model = embed::model_in_use(db.read()).await?;
    let waiting = if model.is_empty() { 0 } else { embed::waiting(db.read(), &model).await? };
    gauge!(SEARCH_AWAITING_VECTOR).set(as_gauge(waiting));
    Ok(())
}
