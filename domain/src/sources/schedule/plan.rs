//! The lists that there should be: Hugging Face's days of the last fortnight, the latest announcement of each category,
//! and a harvest of each category's set.
//!
//! So a day that was missed is read as soon as a worker runs again. Of announcements only the latest can be read: an
//! older one that was not seen is missed, and its papers come by the harvest, which begins where the last one ended.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::enums::{ReadingStatus, Source};
use entity::source_reading::Column;
use entity::{harvest, source, source_reading};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _, Iterable as _, QueryFilter as _,
    QueryOrder as _,
};

use crate::papers::taxonomy;
use crate::{Result, Services};

use super::harvest_page::HARVEST_LAG;
use super::{MAX_AHEAD, is_scheduled, timetable};

/// Days before the open one that are read again.
pub(super) const DAYS_BACK: u64 = 14;

/// Days before the first start of which arXiv's records are harvested.
const FIRST_HARVEST_DAYS: u64 = 7;

/// A harvest that is due within this time is not brought forward.
const BEFORE_DUE: TimeDelta = TimeDelta::minutes(10);

/// Days back for which announcements are missed that no worker knew of.
const MISSED_DAYS: u64 = 14;

/// An announcement that was not there this long before the next one was not made.
const LAST_LOOK: TimeDelta = TimeDelta::hours(3);

/// Makes the rows that are missing.
pub(super) async fn prepare(services: &Services, now: DateTime<Utc>) -> Result<()> {
    if !Source::iter().any(|source| is_scheduled(services, source)) {
        // A worker that reads nothing writes nothing, unless another one did before it.
        let known = source::Entity::find().filter(source::Column::IsScheduled.eq(true));
        if known.one(services.db.read()).await?.is_none() {
            return Ok(());
        }
    }
    services.db.write(|tx| Box::pin(async move { write(tx, services, now).await })).await
}

async fn write(tx: &DatabaseTransaction, services: &Services, now: DateTime<Utc>) -> Result<()> {
    for name in Source::iter() {
        let row = source::ActiveModel { name: Set(name), is_scheduled: Set(is_scheduled(services, name)) };
        let replace =
            OnConflict::column(source::Column::Name).update_column(source::Column::IsScheduled).to_owned();
        source::Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
    }
    if is_scheduled(services, Source::HfDaily) {
        plan_days(tx, services, now).await?;
    } else {
        source_reading::Entity::update_many()
            .col_expr(Column::NextReadAt, Expr::value(None::<DateTime<Utc>>))
            .filter(Column::Source.eq(Source::HfDaily))
            .exec(tx)
            .await?;
    }
    plan_announcements(tx, services, now).await?;
    plan_harvests(tx, services, now).await?;
    // What a clock of before has planned far ahead goes, and what it has put off is due.
    let far = now + MAX_AHEAD;
    source_reading::Entity::delete_many().filter(Column::DueAt.gt(far)).exec(tx).await?;
    source_reading::Entity::update_many()
        .col_expr(Column::NextReadAt, Expr::value(now))
        .filter(Column::NextReadAt.gt(far))
        .exec(tx)
        .await?;
    harvest::Entity::update_many()
        .col_expr(harvest::Column::NextReadAt, Expr::value(now))
        .filter(harvest::Column::NextReadAt.gt(far))
        .exec(tx)
        .await?;
    Ok(())
}

async fn plan_days(tx: &DatabaseTransaction, services: &Services, now: DateTime<Utc>) -> Result<()> {
    let calendar = &services.settings.calendar;
    let today = calendar.today(now);
    let days = (0..=DAYS_BACK).filter_map(|back| today.checked_sub_days(Days::new(back)));
    let rows = days.map(|day| row(Source::HfDaily, "", day, calendar.opens_at(day)));
    insert(tx, rows.collect()).await?;
    // Days that were left when the source was not read for a while.
    source_reading::Entity::update_many()
        .col_expr(Column::NextReadAt, Expr::value(now))
        .filter(Column::Source.eq(Source::HfDaily))
        .filter(Column::NextReadAt.is_null())
        .filter(Column::Status.is_in([ReadingStatus::Awaited, ReadingStatus::Read]))
        .filter(Column::Day.gte(today - Days::new(DAYS_BACK)))
        .exec(tx)
        .await?;
    Ok(())
}

/// Notes the announcements of a category before `latest` that no worker knew of. Of one that was never read none was
/// missed.
async fn plan_missed(tx: &DatabaseTransaction, category: &str, latest: NaiveDate) -> Result<()> {
    let known = source_reading::Entity::find()
        .filter(Column::Source.eq(Source::Arxiv))
        .filter(Column::Part.eq(category))
        .order_by_desc(Column::Day)
        .one(tx)
        .await?;
    let Some(known) = known.filter(|known| known.day < latest) else { return Ok(()) };
    let first = Ord::max(known.day, latest - Days::new(MISSED_DAYS));
    let between = first.iter_days().skip(1).take_while(|&day| day < latest);
    let missed = between.filter(|&day| timetable::is_announced(day)).map(|day| source_reading::ActiveModel {
        status: Set(ReadingStatus::Missed),
        next_read_at: Set(None),
        ..row(Source::Arxiv, category, day, timetable::made_at(day))
    });
    insert(tx, missed.collect()).await
}

async fn plan_announcements(tx: &DatabaseTransaction, services: &Services, now: DateTime<Utc>) -> Result<()> {
    let categories = &services.settings.sources.arxiv.categories;
    let (day, made_at) = timetable::latest(now);
    for category in categories {
        plan_missed(tx, category, day).await?;
    }
    insert(tx, categories.iter().map(|category| row(Source::Arxiv, category, day, made_at)).collect())
        .await?;
    // A category that was not listed for a moment, or by another worker.
    source_reading::Entity::update_many()
        .col_expr(Column::Status, Expr::value(ReadingStatus::Awaited))
        .col_expr(Column::NextReadAt, Expr::value(made_at))
        .filter(Column::Source.eq(Source::Arxiv))
        .filter(Column::Part.is_in(categories))
        .filter(Column::Day.eq(day))
        .filter(Column::Status.eq(ReadingStatus::Nothing))
        .filter(Column::ReadAt.is_null())
        .exec(tx)
        .await?;
    let of_arxiv = Condition::all().add(Column::Source.eq(Source::Arxiv));
    // Categories that are no longer read.
    source_reading::Entity::update_many()
        .col_expr(Column::NextReadAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(Column::Status, Expr::value(ReadingStatus::Nothing))
        .filter(of_arxiv.clone().add(Column::Part.is_not_in(categories)))
        .filter(Column::Status.is_in([ReadingStatus::Awaited, ReadingStatus::Missed]))
        .exec(tx)
        .await?;
    let older = of_arxiv
        .add(Column::Status.eq(ReadingStatus::Awaited))
        .add(Column::Part.is_in(categories))
        .add(Column::Day.lt(day));
    let looked_until_the_end = Condition::all().add(Column::ReadAt.gte(made_at - LAST_LOOK));
    for (status, looked) in [
        (ReadingStatus::Nothing, looked_until_the_end.clone()),
        (
            ReadingStatus::Missed,
            Condition::any().add(looked_until_the_end.not()).add(Column::ReadAt.is_null()),
        ),
    ] {
        source_reading::Entity::update_many()
            .col_expr(Column::Status, Expr::value(status))
            .col_expr(Column::Error, Expr::value(None::<String>))
            .col_expr(Column::NextReadAt, Expr::value(None::<DateTime<Utc>>))
            .filter(older.clone())
            .filter(looked)
            .exec(tx)
            .await?;
    }
    Ok(())
}

async fn plan_harvests(tx: &DatabaseTransaction, services: &Services, now: DateTime<Utc>) -> Result<()> {
    let categories = &services.settings.sources.arxiv.categories;
    let sets: Vec<String> = categories.iter().map(|category| taxonomy::oai_set(category)).collect();
    let from = now.date_naive().checked_sub_days(Days::new(FIRST_HARVEST_DAYS));
    let rows: Vec<_> = sets
        .iter()
        .map(|set| harvest::ActiveModel {
            key: Set(set.clone()),
            set_spec: Set(Some(set.clone())),
            from_day: Set(from),
            is_scheduled: Set(true),
            next_read_at: Set(Some(now)),
            pages: Set(0),
            records: Set(0),
            attempt: Set(0),
            ..Default::default()
        })
        .collect();
    if !rows.is_empty() {
        // One that was no longer read goes on where it stopped.
        let again = OnConflict::column(harvest::Column::Key)
            .value(
                harvest::Column::NextReadAt,
                Expr::cust("COALESCE(harvest.next_read_at, excluded.next_read_at)"),
            )
            .to_owned();
        harvest::Entity::insert_many(rows).on_conflict(again).exec_without_returning(tx).await?;
    }
    harvest::Entity::update_many()
        .col_expr(harvest::Column::NextReadAt, Expr::value(None::<DateTime<Utc>>))
        .filter(harvest::Column::IsScheduled.eq(true))
        .filter(harvest::Column::Key.is_not_in(sets))
        .exec(tx)
        .await?;
    // The papers of announcements that were missed come by a harvest at once.
    let missed = source_reading::Entity::find()
        .filter(Column::Status.eq(ReadingStatus::Missed))
        .filter(Column::Part.is_in(categories))
        .all(tx)
        .await?;
    // Not before records have the announcement in them, and not while a list is under way.
    for row in missed.into_iter().filter(|row| row.due_at + HARVEST_LAG <= now) {
        harvest::Entity::update_many()
            .col_expr(harvest::Column::NextReadAt, Expr::value(now))
            .filter(harvest::Column::Key.eq(taxonomy::oai_set(&row.part)))
            .filter(
                Condition::any()
                    .add(harvest::Column::FinishedAt.lt(row.due_at + HARVEST_LAG))
                    .add(harvest::Column::FinishedAt.is_null()),
            )
            .filter(harvest::Column::Token.is_null())
            .filter(harvest::Column::Attempt.eq(0))
            .filter(harvest::Column::NextReadAt.gt(now + BEFORE_DUE))
            .exec(tx)
            .await?;
    }
    Ok(())
}

pub(super) fn row(
    source: Source,
    part: &str,
    day: NaiveDate,
    due_at: DateTime<Utc>,
) -> source_reading::ActiveModel {
    source_reading::ActiveModel {
        id: NotSet,
        source: Set(source),
        part: Set(part.to_owned()),
        day: Set(day),
        due_at: Set(due_at),
        status: Set(ReadingStatus::Awaited),
        next_read_at: Set(Some(due_at)),
        attempt: Set(0),
        ..Default::default()
    }
}

/// Makes rows that are not there.
pub(super) async fn insert(tx: &DatabaseTransaction, rows: Vec<source_reading::ActiveModel>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let keep = OnConflict::columns([Column::Source, Column::Part, Column::Day]).do_nothing().to_owned();
    source_reading::Entity::insert_many(rows).on_conflict(keep).exec_without_returning(tx).await?;
    Ok(())
}
