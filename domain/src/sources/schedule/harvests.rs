//! Harvesting a set of arXiv's records, page by page.
//!
//! The place in a list (token, its expiry, pages, records) is written in the transaction of the last records of a page; so
//! a harvest goes on behind the last page that was written, in whichever process. A token that expired begins the list
//! again, which changes nothing that was written. The next list begins at the day on which the first page of this one was
//! answered, so that nothing lies between.
//!
//! Always: a page that repeats the one before, or a list that ends before the number that it states, is an error.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{PaperSource, ReadingStatus, Source};
use entity::harvest::{self, Column};
use entity::{import_run, source_reading};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _,
    QueryFilter as _, QuerySelect as _, Statement,
};

use crate::papers::upsert::UpsertResult;
use crate::papers::{NewPaper, taxonomy};
use crate::sources::formats::record::Record;
use crate::sources::imports::input::BATCH_SIZE;
use crate::sources::imports::pipeline::{self, Alongside};
use crate::sources::imports::{run_rows, runs};
use crate::sources::network::ask::Asked;
use crate::sources::read::harvest::{Answer, Wanted, read};
use crate::{Error, Result, Services, random};

use super::{LEASE_TIME, retry_at, timetable};

/// The delay of a list whose token has expired.
const EXPIRED_DELAY: TimeDelta = TimeDelta::minutes(5);

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
        .into_tuple::<Option<DateTime<Utc>>>()
        .one(services.db.read())
        .await?
        .flatten())
}

/// Reads the next page of a harvest, and writes it. A claim that was lost meanwhile is no error.
pub(in crate::sources) async fn read_page(services: &Services, harvest: harvest::Model) -> Result<()> {
    match read_claimed(services, &harvest).await {
        Err(Error::User(problems)) => {
            tracing::info!(?problems, "a harvest was left to another worker");
            Ok(())
        }
        done => done,
    }
}

async fn read_claimed(services: &Services, harvest: &harvest::Model) -> Result<()> {
    let now = services.now();
    let token = harvest.token.clone().filter(|_| harvest.token_expires_at.is_none_or(|at| at > now));
    let wanted = match &token {
        Some(token) => Wanted::Page(token.clone()),
        None => {
            Wanted::List { set: harvest.set_spec.clone(), from: harvest.from_day, until: harvest.until_day }
        }
    };
    // Without a valid token the list begins again.
    let place = match token {
        Some(_) => harvest.clone(),
        None => harvest::Model { token: None, pages: 0, records: 0, list_size: None, ..harvest.clone() },
    };
    match read(services, &wanted).await? {
        Asked::Later { at, reason } => put_off(services, harvest, at, reason).await,
        Asked::Failed { at, reason, .. } => fail(services, harvest, at, reason).await,
        Asked::NotModified => Err(Error::Internal("a page of records was not asked for".to_owned())),
        Asked::Read(Answer::NoRecords) => {
            let next = finished(services, &place);
            write_alone(services, harvest, &next).await?;
            finish_run(services, harvest.import_run_id).await
        }
        Asked::Read(Answer::TokenExpired) => {
            let restart = harvest::ActiveModel {
                token: Set(None),
                token_expires_at: Set(None),
                pages: Set(0),
                records: Set(0),
                ..released(
                    harvest,
                    now + EXPIRED_DELAY,
                    Some("The token of the list had expired; it begins again.".to_owned()),
                )
            };
            write_alone(services, harvest, &restart).await
        }
        Asked::Read(Answer::Page { responded_at, contents, entries, token }) => {
            let page = Page { responded_at, entries, token };
            if let Some(problem) = page.problem(&place) {
                // From the start: what lies before the fault is not known.
                let restart = harvest::ActiveModel {
                    token: Set(None),
                    token_expires_at: Set(None),
                    pages: Set(0),
                    records: Set(0),
                    attempt: Set(harvest.attempt.saturating_add(1)),
                    ..released(harvest, retry_at(now, harvest.attempt.saturating_add(1), now), Some(problem))
                };
                return write_alone(services, harvest, &restart).await;
            }
            let named = place.set_spec.clone().unwrap_or_else(|| "arXiv".to_owned());
            let first = place.records;
            let record =
                |(found, number)| Record { item: format!("{named}, record {}", first + number), found };
            let records: Vec<Record> = contents.into_iter().zip(1_i64..).map(record).collect();
            write_page(services, harvest, &place, page, records).await
        }
    }
}

/// A page of a list, without its records.
struct Page {
    responded_at: DateTime<Utc>,
    entries: i64,
    token: Option<arxiv::oai::ResumptionToken>,
}

impl Page {
    /// What is wrong with it, behind the pages that were read.
    fn problem(&self, place: &harvest::Model) -> Option<String> {
        let read = place.records + self.entries;
        if let Some(token) = &self.token {
            if place.token.as_deref() == Some(token.value.as_str()) {
                return Some("A page of the list has the token of the page before it.".to_owned());
            }
            let cursor = token.cursor.and_then(|cursor| i64::try_from(cursor).ok());
            return cursor.filter(|&cursor| cursor != place.records).map(|cursor| {
                format!("A page of the list begins at record {cursor}, but {} were read.", place.records)
            });
        }
        place
            .list_size
            .filter(|&size| read < size)
            .map(|size| format!("The list ends after {read} records, but states {size}."))
    }
}

async fn write_page(
    services: &Services,
    harvest: &harvest::Model,
    place: &harvest::Model,
    page: Page,
    records: Vec<Record>,
) -> Result<()> {
    let mut run = run_of(services, place).await?;
    let now = services.now();
    let place = &harvest::Model {
        pages: place.pages + 1,
        records: place.records + page.entries,
        responded_at: if place.pages == 0 { Some(page.responded_at) } else { place.responded_at },
        ..place.clone()
    };
    let next = match &page.token {
        None => finished(services, place),
        Some(token) => harvest::ActiveModel {
            token: Set(Some(token.value.clone())),
            token_expires_at: Set(token.expires_at),
            pages: Set(place.pages),
            records: Set(place.records),
            list_size: Set(token
                .complete_list_size
                .and_then(|size| i64::try_from(size).ok())
                .or(place.list_size)),
            responded_at: Set(place.responded_at),
            import_run_id: Set(Some(run.id)),
            attempt: Set(0),
            read_at: Set(Some(now)),
            ..released(harvest, now, None)
        },
    };
    let end = PageEnd { harvest, next: &next };
    let mut batches = records.into_iter().peekable();
    if batches.peek().is_none() {
        write_alone(services, harvest, &next).await?;
    }
    while batches.peek().is_some() {
        let batch: Vec<_> = batches.by_ref().take(BATCH_SIZE).collect();
        let position = run.position + i64::try_from(batch.len()).unwrap_or(i64::MAX);
        let alongside: Option<&dyn Alongside> = if batches.peek().is_none() { Some(&end) } else { None };
        run =
            pipeline::commit_with(services, &import_run::Model { position, ..run }, batch, alongside).await?;
    }
    if page.token.is_none() {
        pipeline::finish(services, &run).await?;
        repair(services, place).await?;
    }
    Ok(())
}

/// The run of a list under way, or a new one.
async fn run_of(services: &Services, place: &harvest::Model) -> Result<import_run::Model> {
    if let Some(id) = place.import_run_id
        && let Some(run) = runs::by_id(services.db.read(), id).await?
        && run.status == entity::enums::ImportStatus::Running
    {
        return run_rows::take_over(services, run).await;
    }
    let day = |day: Option<chrono::NaiveDate>| day.map_or_else(|| "…".to_owned(), |day| day.to_string());
    let set = place.set_spec.as_deref().unwrap_or("all sets");
    let request = format!("{set} {} to {}", day(place.from_day), day(place.until_day));
    let answer = services.now().to_rfc3339();
    run_rows::begin_answer(services, PaperSource::ArxivOai, &request, &answer).await
}

async fn finish_run(services: &Services, id: Option<i64>) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    let run = runs::by_id(services.db.read(), id).await?;
    if let Some(run) = run.filter(|run| run.status == entity::enums::ImportStatus::Running) {
        pipeline::finish(services, &run_rows::take_over(services, run).await?).await?;
    }
    Ok(())
}

/// The row behind the last page of a list.
fn finished(services: &Services, place: &harvest::Model) -> harvest::ActiveModel {
    let now = services.now();
    let from = place.responded_at.map(|at| at.date_naive()).or(place.from_day);
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
fn released(harvest: &harvest::Model, at: DateTime<Utc>, error: Option<String>) -> harvest::ActiveModel {
    harvest::ActiveModel {
        key: Unchanged(harvest.key.clone()),
        next_read_at: Set(Some(at)),
        error: Set(error),
        owner: Set(None),
        lease_until: Set(None),
        ..Default::default()
    }
}

async fn put_off(
    services: &Services,
    harvest: &harvest::Model,
    at: DateTime<Utc>,
    reason: String,
) -> Result<()> {
    write_alone(services, harvest, &released(harvest, at, Some(reason))).await
}

async fn fail(
    services: &Services,
    harvest: &harvest::Model,
    earliest: DateTime<Utc>,
    reason: String,
) -> Result<()> {
    let attempts = harvest.attempt.saturating_add(1);
    tracing::warn!(key = harvest.key, reason, "a page of records was not read");
    let at = retry_at(services.now(), attempts, earliest);
    let row = harvest::ActiveModel { attempt: Set(attempts), ..released(harvest, at, Some(reason)) };
    write_alone(services, harvest, &row).await
}

/// What is written with the last records of a page.
struct PageEnd<'a> {
    harvest: &'a harvest::Model,
    next: &'a harvest::ActiveModel,
}

#[async_trait]
impl Alongside for PageEnd<'_> {
    async fn write(
        &self,
        tx: &DatabaseTransaction,
        _: &import_run::Model,
        _: &[(&NewPaper, UpsertResult)],
    ) -> Result<()> {
        write(tx, self.harvest, self.next).await
    }
}

async fn write(
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
    Err(Error::user(crate::error::UserErrorCode::Conflict, &[], message))
}

async fn write_alone(
    services: &Services,
    claimed: &harvest::Model,
    next: &harvest::ActiveModel,
) -> Result<()> {
    services.db.write(|tx| Box::pin(async move { write(tx, claimed, next).await })).await
}

/// Settles the announcements that were missed and whose papers the list has brought.
async fn repair(services: &Services, place: &harvest::Model) -> Result<()> {
    let (Some(set), Some(responded_at)) = (&place.set_spec, place.responded_at) else { return Ok(()) };
    let categories = services.settings.sources.arxiv.categories.iter();
    let of_set: Vec<&String> = categories.filter(|category| taxonomy::oai_set(category) == *set).collect();
    services
        .db
        .write(|tx| {
            let of_set = of_set.clone();
            Box::pin(async move {
                source_reading::Entity::update_many()
                    .col_expr(source_reading::Column::Status, Expr::value(ReadingStatus::Settled))
                    .filter(source_reading::Column::Source.eq(Source::Arxiv))
                    .filter(source_reading::Column::Part.is_in(of_set))
                    .filter(source_reading::Column::Status.eq(ReadingStatus::Missed))
                    .filter(source_reading::Column::DueAt.lt(responded_at))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
}
