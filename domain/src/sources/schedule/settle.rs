//! Which feed days the scheduled sources have settled, and which sources a feed still waits for.
//!
//! Hugging Face has settled a day when two readings after its end agreed. arXiv has settled it when of every category
//! each announcement that was due by its end was read, or found not to have been made, or repaired by a harvest.

use chrono::{Days, NaiveDate};
use entity::enums::{ReadingStatus, Source};
use entity::feed_completion;
use entity::source_reading::{self, Column};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _,
};

use crate::calendar::Period;
use crate::feeds::completeness::{Completeness, complete};
use crate::queue::Job;
use crate::{Result, Services};

/// Days that are settled late at most; those before are past their deadline.
const DAYS_BACK: u64 = 7;

/// Completes the days that all scheduled sources have settled, and has their editions published.
pub(super) async fn settle(services: &Services) -> Result<()> {
    let now = services.now();
    let calendar = &services.settings.calendar;
    let completeness = Completeness::load(services.db.read(), calendar, now).await?;
    if !completeness.has_sources() {
        return Ok(());
    }
    let today = calendar.today(now);
    let ended: Vec<NaiveDate> =
        (1..=DAYS_BACK).rev().filter_map(|back| today.checked_sub_days(Days::new(back))).collect();
    let known: Vec<NaiveDate> = feed_completion::Entity::find()
        .filter(feed_completion::Column::Day.is_in(ended.clone()))
        .order_by_asc(feed_completion::Column::Day)
        .all(services.db.read())
        .await?
        .into_iter()
        .map(|row| row.day)
        .collect();
    let mut is_new = false;
    for day in ended.into_iter().filter(|day| !known.contains(day)) {
        if !unsettled(services.db.read(), services, completeness.scheduled(), day).await?.is_empty() {
            continue;
        }
        let completed = services.db.write(|tx| Box::pin(async move { complete(tx, day, now).await })).await?;
        if completed {
            tracing::info!(%day, "all sources have settled a feed day");
            is_new = true;
        }
    }
    if is_new {
        services.wake(Job::PublishEditions);
        services.wake(Job::PlanDigests);
    }
    Ok(())
}

/// The scheduled sources that a period waits for; none if it is complete.
///
/// # Errors
/// If the database fails.
pub async fn waiting_for(services: &Services, period: Period) -> Result<Vec<Source>> {
    let (now, calendar) = (services.now(), &services.settings.calendar);
    let completeness = Completeness::load(services.db.read(), calendar, now).await?;
    if completeness.is_complete(period, now) {
        return Ok(Vec::new());
    }
    if calendar.period_ends_at(period) > now {
        // Each is read once more after its end.
        return Ok(completeness.scheduled().to_vec());
    }
    unsettled(services.db.read(), services, completeness.scheduled(), period.ends_on()).await
}

/// Those of `sources` that have not settled a day that has ended.
async fn unsettled(
    connection: &impl ConnectionTrait,
    services: &Services,
    sources: &[Source],
    day: NaiveDate,
) -> Result<Vec<Source>> {
    let mut waiting = Vec::new();
    for &source in sources {
        let rows = source_reading::Entity::find().filter(Column::Source.eq(source));
        let is_settled = match source {
            Source::HfDaily => {
                let settled =
                    rows.filter(Column::Day.eq(day)).filter(Column::Status.eq(ReadingStatus::Settled));
                settled.count(connection).await? > 0
            }
            Source::Arxiv => {
                let due = rows.filter(Column::DueAt.lte(services.settings.calendar.ends_at(day)));
                let open = due.clone().filter(Column::Status.is_in([
                    ReadingStatus::Awaited,
                    ReadingStatus::Read,
                    ReadingStatus::Missed,
                ]));
                due.count(connection).await? > 0 && open.count(connection).await? == 0
            }
        };
        if !is_settled {
            waiting.push(source);
        }
    }
    Ok(waiting)
}
