//! Whether a feed day is complete: every scheduled source has settled it, or its deadline has passed.
//!
//! A source settles a day when it was read after its end and agreed with itself
//! ([`crate::sources::schedule`]). Without scheduled sources nothing says that papers are still to come, or that they
//! are not: then the deadline counts alone.
//!
//! Always: a day that was complete stays so, and so are all days before it.

use chrono::{DateTime, NaiveDate, Utc};
use entity::enums::Source;
use entity::{feed_completion, source};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::Result;
use crate::calendar::{Calendar, Period};

/// Which days are complete, as the database had it when it was read.
#[derive(Clone, Debug)]
pub struct Completeness {
    calendar: Calendar,
    /// The latest day that all scheduled sources have settled.
    settled: Option<NaiveDate>,
    /// Sources that are read by schedule.
    scheduled: Vec<Source>,
}

impl Completeness {
    /// Reads it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn load(
        connection: &impl ConnectionTrait,
        calendar: &Calendar,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        // A clock that was ahead and was put back has completed no day that is still to come.
        let settled = feed_completion::Entity::find()
            .filter(feed_completion::Column::Day.lt(calendar.today(now)))
            .order_by_desc(feed_completion::Column::Day)
            .limit(1)
            .one(connection)
            .await?
            .map(|row| row.day);
        let scheduled = source::Entity::find()
            .filter(source::Column::IsScheduled.eq(true))
            .order_by_asc(source::Column::Name)
            .all(connection)
            .await?
            .into_iter()
            .map(|row| row.name)
            .collect();
        Ok(Self { calendar: calendar.clone(), settled, scheduled })
    }

    /// The last day that is complete at `now`.
    #[must_use]
    pub fn last_complete_day(&self, now: DateTime<Utc>) -> NaiveDate {
        let by_deadline = self.calendar.last_day_past_deadline(now);
        self.settled.map_or(by_deadline, |day| day.max(by_deadline))
    }

    /// Whether a period is complete at `now`.
    #[must_use]
    pub fn is_complete(&self, period: Period, now: DateTime<Utc>) -> bool {
        period.ends_on() <= self.last_complete_day(now)
    }

    /// The time at which a period is complete at the latest.
    #[must_use]
    pub fn deadline(&self, period: Period) -> DateTime<Utc> {
        self.calendar.deadline(period)
    }

    /// Whether a period can become complete before its deadline.
    #[must_use]
    pub fn has_sources(&self) -> bool {
        !self.scheduled.is_empty()
    }

    /// The sources that are read by schedule.
    #[must_use]
    pub fn scheduled(&self) -> &[Source] {
        &self.scheduled
    }
}

/// Remembers that all scheduled sources have settled a day. Returns whether that is new.
///
/// # Errors
/// If the database fails.
pub(crate) async fn complete(tx: &DatabaseTransaction, day: NaiveDate, now: DateTime<Utc>) -> Result<bool> {
    let row = feed_completion::ActiveModel { day: Set(day), completed_at: Set(now) };
    let once = OnConflict::column(feed_completion::Column::Day).do_nothing().to_owned();
    Ok(feed_completion::Entity::insert(row).on_conflict(once).exec_without_returning(tx).await? > 0)
}
