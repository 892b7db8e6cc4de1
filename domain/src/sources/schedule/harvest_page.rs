//! A page of a harvest: checked against the place in its list, and written with the place behind it.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{ImportStatus, PaperSource, ReadingStatus, Source};
use entity::{harvest, import_run, source_reading};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};

use crate::papers::upsert::UpsertResult;
use crate::papers::{NewPaper, taxonomy};
use crate::sources::formats::record::Record;
use crate::sources::imports::input::BATCH_SIZE;
use crate::sources::imports::pipeline::{self, Alongside};
use crate::sources::imports::{run_rows, runs};
use crate::{Result, Services};

use super::harvest_rows::{finished, released, write};

/// The time after an announcement until records have it in them.
pub(super) const HARVEST_LAG: TimeDelta = TimeDelta::minutes(150);

/// A page of a list, without its records.
pub(super) struct Page {
    pub(super) responded_at: DateTime<Utc>,
    /// All entries of the page, also of papers that are gone.
    pub(super) entries: i64,
    pub(super) token: Option<arxiv::oai::ResumptionToken>,
}

impl Page {
    /// What is wrong with it, behind the pages that were read.
    pub(super) fn problem(&self, place: &harvest::Model) -> Option<String> {
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

/// Writes a page and the place behind it, and ends the run of the list with its last page.
pub(super) async fn write_page(
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
            // By our clock; a time that was past when it was stated says nothing.
            token_expires_at: Set(token
                .expires_at
                .map(|at| now + (at - page.responded_at))
                .filter(|&at| at > now)),
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
    let repaired = missed_of(services, place);
    let responded_at = place.responded_at.unwrap_or(page.responded_at);
    let is_last = page.token.is_none();
    let end = PageEnd { harvest, next: &next, is_last, repaired, responded_at };
    let mut batches = records.into_iter().peekable();
    // Also a page without records ends with its place, and the last one with its run.
    let mut is_written = false;
    while !is_written {
        let batch: Vec<_> = batches.by_ref().take(BATCH_SIZE).collect();
        let position = run.position + i64::try_from(batch.len()).unwrap_or(i64::MAX);
        is_written = batches.peek().is_none();
        let alongside: Option<&dyn Alongside> = if is_written { Some(&end) } else { None };
        run =
            pipeline::commit_with(services, &import_run::Model { position, ..run }, batch, alongside).await?;
    }
    Ok(())
}

/// The run of a list under way, or a new one. A harvest that somebody asked for has one run, which can be cancelled.
async fn run_of(services: &Services, place: &harvest::Model) -> Result<import_run::Model> {
    if let Some(id) = place.import_run_id
        && let Some(run) = runs::by_id(services.db.read(), id).await?
    {
        match run.status {
            ImportStatus::Running => return run_rows::take_over(services, run).await,
            status if !place.is_scheduled => return Err(run_rows::ended(id, Some(status))),
            _ => {}
        }
    }
    let day = |day: Option<chrono::NaiveDate>| day.map_or_else(|| "…".to_owned(), |day| day.to_string());
    let set = place.set_spec.as_deref().unwrap_or("all sets");
    let request = format!("{set} {} to {}", day(place.from_day), day(place.until_day));
    let answer = services.now().to_rfc3339();
    run_rows::begin_answer(services, PaperSource::ArxivOai, &request, &answer).await
}

/// What is written with the last records of a page.
struct PageEnd<'a> {
    harvest: &'a harvest::Model,
    next: &'a harvest::ActiveModel,
    /// Whether the list ends with it.
    is_last: bool,
    /// Categories whose announcements the list repairs.
    repaired: Vec<String>,
    /// When the first page of the list was answered.
    responded_at: DateTime<Utc>,
}

#[async_trait]
impl Alongside for PageEnd<'_> {
    fn ends_run(&self) -> bool {
        self.is_last
    }

    async fn write(
        &self,
        tx: &DatabaseTransaction,
        _: &import_run::Model,
        _: &[(&NewPaper, UpsertResult)],
    ) -> Result<()> {
        if self.is_last {
            repair(tx, &self.repaired, self.responded_at).await?;
        }
        write(tx, self.harvest, self.next).await
    }
}

/// The categories whose missed announcements a list brings: those of its set, if it is a scheduled one, which begins
/// where the one before did.
pub(super) fn missed_of(services: &Services, place: &harvest::Model) -> Vec<String> {
    let set = place.set_spec.as_deref().filter(|_| place.is_scheduled);
    let categories = services.settings.sources.arxiv.categories.iter();
    categories.filter(|category| Some(taxonomy::oai_set(category).as_str()) == set).cloned().collect()
}

/// Settles the announcements of categories that were missed and whose papers a list has brought that was answered first
/// at `responded_at`.
pub(super) async fn repair(
    tx: &DatabaseTransaction,
    categories: &[String],
    responded_at: DateTime<Utc>,
) -> Result<()> {
    source_reading::Entity::update_many()
        .col_expr(source_reading::Column::Status, Expr::value(ReadingStatus::Settled))
        .col_expr(source_reading::Column::Error, Expr::value(None::<String>))
        .filter(source_reading::Column::Source.eq(Source::Arxiv))
        .filter(source_reading::Column::Part.is_in(categories))
        .filter(source_reading::Column::Status.eq(ReadingStatus::Missed))
        .filter(source_reading::Column::DueAt.lt(responded_at - HARVEST_LAG))
        .exec(tx)
        .await?;
    Ok(())
}
