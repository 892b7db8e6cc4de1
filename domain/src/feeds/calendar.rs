//! When a feed day begins, ends and is complete.
//!
//! The feed day D opens at the closing hour of D − 1 and ends at the closing hour of D, in one zone for
//! the whole service: by default 21:30 in New York, as Hugging Face has it. After its end the sources
//! may still be read late; two hours later the day is complete, and digests may go out.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, Utc};
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::zones::{instant_of, local_date, local_time};

use super::Period;

/// How long after its end a feed day is taken for complete.
const GRACE: Duration = Duration::from_hours(2);

/// The boundaries of feed days.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    closes_at: Time,
}

impl Calendar {
    /// Feed days that end at `closes_at` in `zone`.
    #[must_use]
    pub fn new(zone: TimeZone, closes_at: Time) -> Self {
        Self { zone, closes_at }
    }

    /// The day whose feed is open at `now`.
    #[must_use]
    pub fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        let date = local_date(&self.zone, now);
        if local_time(&self.zone, now) < self.closes_at { date } else { date + Days::new(1) }
    }

    /// When the feed of `day` opens.
    #[must_use]
    pub fn opens_at(&self, day: NaiveDate) -> DateTime<Utc> {
        self.ends_at(day - Days::new(1))
    }

    /// When the feed of `day` ends.
    #[must_use]
    pub fn ends_at(&self, day: NaiveDate) -> DateTime<Utc> {
        instant_of(&self.zone, day, self.closes_at)
    }

    /// When `period` has ended.
    #[must_use]
    pub fn period_ends_at(&self, period: Period) -> DateTime<Utc> {
        self.ends_at(period.ends_on())
    }

    /// From when on `period` is complete.
    #[must_use]
    pub fn complete_at(&self, period: Period) -> DateTime<Utc> {
        self.period_ends_at(period) + GRACE
    }

    /// The last day that is complete at `now`.
    #[must_use]
    pub fn last_complete_day(&self, now: DateTime<Utc>) -> NaiveDate {
        self.today(now - GRACE) - Days::new(1)
    }
}

#[cfg(test)]
mod tests {
    use entity::enums::Cadence;

    use super::*;

    fn calendar() -> Calendar {
        Calendar::new(TimeZone::get("America/New_York").unwrap(), jiff::civil::time(21, 30, 0, 0))
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_day_turns_at_the_closing_hour() {
        let calendar = calendar();
        // 21:30 in New York is 02:30 UTC in winter and 01:30 UTC in summer.
        assert_eq!(calendar.today(at("2026-01-07T02:29:59Z")), day("2026-01-06"));
        assert_eq!(calendar.today(at("2026-01-07T02:30:00Z")), day("2026-01-07"));
        assert_eq!(calendar.today(at("2026-07-07T01:29:59Z")), day("2026-07-06"));
        assert_eq!(calendar.today(at("2026-07-07T01:30:00Z")), day("2026-07-07"));
        assert_eq!(calendar.opens_at(day("2026-01-07")), at("2026-01-07T02:30:00Z"));
        assert_eq!(calendar.ends_at(day("2026-01-07")), at("2026-01-08T02:30:00Z"));
    }

    #[test]
    fn every_instant_lies_in_its_day_through_both_clock_changes() {
        let calendar = calendar();
        for start in ["2026-03-06T00:00:00Z", "2026-10-30T00:00:00Z"] {
            for minutes in 0..(4 * 24 * 60) {
                let now = at(start) + chrono::TimeDelta::minutes(minutes);
                let today = calendar.today(now);
                assert!(calendar.opens_at(today) <= now && now < calendar.ends_at(today), "{now}");
            }
        }
    }

    #[test]
    fn a_period_is_complete_two_hours_after_its_end() {
        let calendar = calendar();
        let period = Period::containing(Cadence::Daily, day("2026-01-06"));
        assert_eq!(calendar.complete_at(period), at("2026-01-07T04:30:00Z"));
        assert_eq!(calendar.last_complete_day(at("2026-01-07T04:29:59Z")), day("2026-01-05"));
        assert_eq!(calendar.last_complete_day(at("2026-01-07T04:30:00Z")), day("2026-01-06"));
    }
}
