//! Sources read by schedule, by any number of workers at once: which lists there should be ([`plan`]), reading one that is
//! due ([`lists`], [`harvests`]), and which feed days that settles ([`settle`]). [`drain`] does all of it.
//!
//! Always: what is to be read stands in the database, with the time of the next attempt; a worker claims a row by lease.
//! So a worker that dies loses nothing, and two never read the same.

mod harvest_page;
pub(super) mod harvest_rows;
pub(super) mod harvests;
mod lists;
pub(super) use lists::counts;
mod plan;
mod readings;
pub mod run_now;
pub mod settle;
pub mod status;
mod timetable;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::Source;
use entity::{harvest, import_run, source_reading};
use sea_orm::sea_query::{ExprTrait as _, Func};
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{Error, Result, Services};

/// The time after which a silent worker loses what it reads: a request, and writing what it brought.
const LEASE_TIME: TimeDelta = TimeDelta::minutes(5);

/// A time further ahead was written by a clock that has since been put back.
const MAX_AHEAD: TimeDelta = TimeDelta::hours(30);

/// The time for which a source is read before all of them are looked at anew.
const SLICE: Duration = Duration::from_mins(1);

/// The delay after a failed attempt, which doubles with each in a row.
const FIRST_DELAY: TimeDelta = TimeDelta::minutes(1);

/// The longest delay after a failed attempt.
const MAX_DELAY: TimeDelta = TimeDelta::hours(1);

/// The time for which it is remembered how a list was read.
const KEPT_TIME: TimeDelta = TimeDelta::days(60);

/// Reads what is due, until nothing is or `stop` is cancelled. Returns when to look again, if that is before long.
///
/// # Errors
/// If the database fails.
pub async fn drain(services: &Services, stop: &CancellationToken) -> Result<Option<DateTime<Utc>>> {
    plan::prepare(services, services.now()).await?;
    // Side by side, so that a site which is slow does not hold up the other one.
    let (hf_daily, arxiv) = tokio::join!(
        drain_source(services, Source::HfDaily, stop),
        drain_source(services, Source::Arxiv, stop)
    );
    settle::settle(services).await?;
    Ok([hf_daily?, arxiv?].into_iter().flatten().min())
}

async fn drain_source(
    services: &Services,
    source: Source,
    stop: &CancellationToken,
) -> Result<Option<DateTime<Utc>>> {
    if !is_scheduled(services, source) {
        return Ok(None);
    }
    let sources = &services.settings.sources;
    let hours = match source {
        Source::HfDaily => sources.hf_daily.hours,
        Source::Arxiv => sources.arxiv.hours,
    };
    let began = Instant::now();
    let work = async {
        loop {
            let now = services.now();
            // The other source is to have its turn, and new lists their rows.
            if began.elapsed() > SLICE {
                return Ok(Some(now));
            }
            if !hours.hold(now) {
                return Ok(Some(hours.next(now)));
            }
            if let Some(row) = readings::claim(services, source).await? {
                let read = match source {
                    Source::HfDaily => lists::read_hf_day(services, row.clone()).await,
                    Source::Arxiv => lists::read_announcement(services, row.clone()).await,
                };
                if let Err(error) = read {
                    readings::fail(services, &row, now, told(error)?).await?;
                }
                settle::settle(services).await?;
            } else if source == Source::Arxiv
                && let Some(harvest) = harvest_rows::claim(services).await?
            {
                if let Err(error) = harvests::read_page(services, harvest.clone()).await {
                    harvests::fail(services, &harvest, now, told(error)?).await?;
                }
            } else {
                return readings::next(services, source).await;
            }
        }
    };
    // A request that is under way may be dropped: nothing of it was written, and its row is claimed again.
    tokio::select! {
        done = work => done,
        () = stop.cancelled() => Ok(None),
    }
}

/// Forgets lists that have not been read for [`KEPT_TIME`], and harvests of requests.
///
/// # Errors
/// If the database fails.
pub(crate) async fn forget_old(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<()> {
    let before = now - KEPT_TIME;
    source_reading::Entity::delete_many()
        .filter(source_reading::Column::NextReadAt.is_null())
        .filter(source_reading::Column::DueAt.lt(before))
        .exec(tx)
        .await?;
    harvest::Entity::delete_many()
        .filter(harvest::Column::IsScheduled.eq(false))
        .filter(
            Func::coalesce([
                harvest::Column::FinishedAt.into_expr(),
                harvest::Column::AttemptedAt.into_expr(),
            ])
            .lt(before),
        )
        .exec(tx)
        .await?;
    // Readings change every hour; what an administrator or a person at a command line has asked for stays.
    import_run::Entity::delete_many()
        .filter(import_run::Column::Request.is_not_null())
        .filter(import_run::Column::IsOrdered.eq(false))
        .filter(import_run::Column::StartedAt.lt(before))
        .exec(tx)
        .await?;
    Ok(())
}

/// What is told of an error that would come again; one of the database out of reach is handed on.
fn told(error: Error) -> Result<String> {
    if error.is_unavailable() || error.is_transient() {
        return Err(error);
    }
    tracing::error!(%error, "what a source served could not be dealt with");
    Ok("What was served could not be dealt with; the log of the worker has the reason.".to_owned())
}

/// Whether a source is read by schedule.
fn is_scheduled(services: &Services, source: Source) -> bool {
    match source {
        Source::HfDaily => services.settings.sources.hf_daily.is_scheduled,
        Source::Arxiv => !services.settings.sources.arxiv.categories.is_empty(),
    }
}

/// The time of the next attempt after `attempts` failed in a row, not before `earliest`.
fn retry_at(now: DateTime<Utc>, attempts: i32, earliest: DateTime<Utc>) -> DateTime<Utc> {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or_default();
    let doublings = Ord::min(doublings, 10);
    let delay = (FIRST_DELAY * 2_i32.saturating_pow(doublings)).min(MAX_DELAY);
    Ord::max(now + delay, earliest)
}
