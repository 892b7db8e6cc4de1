//! Bounds of the days that sources and people can name: possible days, and none far in the future.
//!
//! A day that has not come would lead every list until it comes, and an impossible one is a mistake of its author.
//! So each place where a date enters asks here, and a refusal says why. A source may be a little ahead of the feed, by
//! the hours between two zones or by a day prepared in advance: such a day is taken, and its papers wait until it opens
//! ([`crate::papers::opening`]).
//!
//! Always: what passes has a four-digit year, and its feed opens within [`MAX_DAYS_AHEAD`].

use std::fmt;

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::calendar::Calendar;

/// arXiv began in August 1991; what claims to be older, 1970-01-01 above all, is a mistake.
pub const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1991, 1, 1).unwrap();

/// Days after the open feed that a source may name.
pub const MAX_DAYS_AHEAD: u64 = 7;

/// Why a day is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayRefusal {
    /// Before [`FIRST_DAY`].
    TooEarly(NaiveDate),
    /// The feed of this day is not open, and will not be soon.
    TooFarAhead {
        /// The day.
        day: NaiveDate,
        /// The open one.
        today: NaiveDate,
    },
    /// A publication that has not happened.
    NotPublishedYet {
        /// The day.
        day: NaiveDate,
        /// The latest possible one.
        today: NaiveDate,
    },
}

impl fmt::Display for DayRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooEarly(day) => {
                write!(f, "The day {day} is before {FIRST_DAY}, the first day of arXiv.")
            }
            Self::TooFarAhead { day, today } => write!(
                f,
                "The feed day {day} is too far ahead: today's feed is that of {today}, and a feed day can be at most {MAX_DAYS_AHEAD} days later."
            ),
            Self::NotPublishedYet { day, today } => {
                write!(f, "The publication date {day} is in the future: today is {today}.")
            }
        }
    }
}

/// The day bounds at an instant.
#[derive(Clone, Debug)]
pub struct DayBounds {
    calendar: Calendar,
    now: DateTime<Utc>,
}

impl DayBounds {
    /// The day bounds of this calendar at `now`.
    #[must_use]
    pub fn new(calendar: Calendar, now: DateTime<Utc>) -> Self {
        Self { calendar, now }
    }

    /// The instant.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The day whose feed is open.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.calendar.today(self.now)
    }

    /// A feed day that a source names.
    ///
    /// # Errors
    /// If it is impossible or too far ahead.
    pub fn feed_day(&self, day: NaiveDate) -> Result<NaiveDate, DayRefusal> {
        let today = self.today();
        if day < FIRST_DAY {
            return Err(DayRefusal::TooEarly(day));
        }
        if day > today + Days::new(MAX_DAYS_AHEAD) {
            return Err(DayRefusal::TooFarAhead { day, today });
        }
        Ok(day)
    }

    /// The feed day of an instant of submission.
    ///
    /// # Errors
    /// As for the day.
    pub fn feed_day_of(&self, at: DateTime<Utc>) -> Result<NaiveDate, DayRefusal> {
        let date = at.date_naive();
        // Far away the date is named that the source gave, and not the nearest one that the calendar knows.
        let is_near = date >= FIRST_DAY && date <= self.today() + Days::new(MAX_DAYS_AHEAD + 2);
        self.feed_day(if is_near { self.calendar.day_of(at) } else { date })
    }

    /// A day of publication or withdrawal, which is past or today. It is taken as the feed's zone or UTC has it,
    /// whichever is ahead.
    ///
    /// # Errors
    /// If it is impossible or has not come.
    pub fn past_day(&self, day: NaiveDate) -> Result<NaiveDate, DayRefusal> {
        let today = self.today().max(self.now.date_naive());
        if day < FIRST_DAY {
            return Err(DayRefusal::TooEarly(day));
        }
        if day > today {
            return Err(DayRefusal::NotPublishedYet { day, today });
        }
        Ok(day)
    }

    /// Since when a paper counts as featured that was put on the feed of a day: since it was submitted, or else since
    /// its day opened; an instant that is impossible or in the future is rejected.
    #[must_use]
    pub fn featured_at(&self, day: NaiveDate, submitted_at: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let possible = submitted_at.filter(|&at| at <= self.now && at.date_naive() >= FIRST_DAY);
        possible.unwrap_or_else(|| self.opens_at(day))
    }

    /// The opening time of a day's feed.
    #[must_use]
    pub fn opens_at(&self, day: NaiveDate) -> DateTime<Utc> {
        self.calendar.opens_at(day)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn bounds(zone: &str, hour: i8, now: DateTime<Utc>) -> DayBounds {
        DayBounds::new(
            Calendar::new(crate::zones::find(zone).unwrap(), jiff::civil::time(hour, 0, 0, 0)),
            now,
        )
    }

    #[test]
    fn feed_days_are_bounded_in_the_past_and_future() {
        let bounds = bounds("UTC", 0, at("2026-02-03T12:00:00Z"));
        for good in ["1991-01-01", "2026-02-03", "2026-02-10"] {
            assert_eq!(bounds.feed_day(day(good)), Ok(day(good)));
        }
        for (bad, reason) in [
            ("1990-12-31", "before 1991-01-01"),
            ("1970-01-01", "before 1991-01-01"),
            ("0001-01-01", "before"),
            ("2026-02-11", "too far ahead: today's feed is that of 2026-02-03"),
            ("9999-12-31", "too far ahead"),
            ("+262142-12-31", "too far ahead"),
        ] {
            let said = bounds.feed_day(day(bad)).unwrap_err().to_string();
            assert!(said.contains(reason), "{said}");
        }
    }

    #[test]
    fn bounds_use_the_day_of_the_calendar() {
        let utc = bounds("UTC", 0, at("2026-02-04T00:20:00Z"));
        assert_eq!(utc.feed_day_of(at("2026-02-04T00:10:00Z")), Ok(day("2026-02-04")));
        let new_york = bounds("America/New_York", 21, at("2026-02-04T00:20:00Z"));
        assert_eq!(new_york.feed_day_of(at("2026-02-04T00:10:00Z")), Ok(day("2026-02-03")));
        let said = utc.feed_day_of(at("+262142-12-31T23:59:59Z")).unwrap_err().to_string();
        assert!(said.contains("+262142-12-31"), "{said}");
    }

    #[test]
    fn a_day_in_the_future_is_not_a_past_day() {
        let bounds = bounds("Pacific/Auckland", 0, at("2026-02-03T12:00:00Z"));
        assert_eq!(bounds.past_day(day("2026-02-04")), Ok(day("2026-02-04")), "it is the 4th in Auckland");
        assert!(bounds.past_day(day("2026-02-05")).is_err());
        assert!(bounds.past_day(day("1969-12-31")).is_err());
    }

    #[test]
    fn a_future_submission_counts_from_the_opening_of_its_day() {
        let bounds = bounds("UTC", 0, at("2026-02-03T12:00:00Z"));
        let featured_at = |submitted: &str| bounds.featured_at(day("2026-02-03"), Some(at(submitted)));
        assert_eq!(featured_at("2026-02-03T09:00:00Z"), at("2026-02-03T09:00:00Z"));
        assert_eq!(featured_at("2098-05-05T00:00:00Z"), at("2026-02-03T00:00:00Z"));
        assert_eq!(featured_at("1970-01-01T00:00:00Z"), at("2026-02-03T00:00:00Z"));
    }

    proptest! {
        #[test]
        fn accepted_days_are_near_and_nothing_panics(
            milliseconds in DateTime::<Utc>::MIN_UTC.timestamp_millis()..DateTime::<Utc>::MAX_UTC.timestamp_millis(),
            now in 700_000_000_i64..5_000_000_000, hour in 0_i8..24,
        ) {
            let bounds = bounds("America/New_York", hour, DateTime::from_timestamp(now, 0).unwrap());
            let submitted = DateTime::from_timestamp_millis(milliseconds).unwrap();
            for day in [bounds.feed_day_of(submitted), bounds.feed_day(submitted.date_naive())].into_iter().flatten() {
                    prop_assert!(FIRST_DAY <= day && day <= bounds.today() + Days::new(MAX_DAYS_AHEAD));
                    prop_assert!(bounds.featured_at(day, Some(submitted)) <= bounds.now + chrono::TimeDelta::days(8));
            }
            let _ = bounds.past_day(submitted.date_naive());
        }
    }
}
