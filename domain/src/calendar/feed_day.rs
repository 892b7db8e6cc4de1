//! The feed day: when it opens and ends, and its deadline.
//!
//! The feed day D opens when D − 1 ends, and ends at the closing hour, in one zone for the whole service. By default
//! that is midnight UTC, as Hugging Face's own days are: there a paper's day is the UTC date of its submission. After
//! its end the sources are read once more; the day is complete when all have settled it
//! ([`crate::feeds::completeness`]), at the latest at its deadline. Then digests may go out.
//!
//! Always: days follow one another without gap or overlap, whatever the clocks of the zone do, and every instant lies in
//! exactly one. Nothing here fails on a day or an instant, however far away.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, Utc};
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::zones::{instant_of, local_date};

use super::Period;

/// The time between the end of a feed day and its deadline, if nothing else is set.
const DEADLINE: Duration = Duration::from_hours(2);

/// The longest time between the end of a day and its deadline: the next day ends then.
const MAX_DEADLINE: Duration = Duration::from_hours(24);

/// The boundaries of feed days.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    closes_at: Time,
    /// The time between the end of a day and its deadline.
    deadline: Duration,
}

impl Calendar {
    /// Feed days that end at `closes_at` in `zone`; 00:00 is the midnight that ends the day.
    #[must_use]
    pub fn new(zone: TimeZone, closes_at: Time) -> Self {
        Self { zone, closes_at, deadline: DEADLINE }
    }

    /// The same days, with their deadline this long after their end; at most a day.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline: deadline.min(MAX_DEADLINE), ..self }
    }

    /// The day that `at` lies in: at this instant, the one whose feed is open.
    #[must_use]
    pub fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        // jiff's time ends with the year 9999.
        let at = at.clamp(FIRST_INSTANT, LAST_INSTANT);
        let mut day = local_date(&self.zone, at);
        // The hour alone does not tell: a clock that is put back shows it twice, one that is put forward never.
        while at < self.opens_at(day) {
            day = before(day);
        }
        while self.ends_at(day) <= at {
            day = after(day);
        }
        day
    }

    /// The day whose feed is open at `now`.
    #[must_use]
    pub fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        self.day_of(now)
    }

    /// The opening time of the feed of `day`.
    #[must_use]
    pub fn opens_at(&self, day: NaiveDate) -> DateTime<Utc> {
        self.ends_at(before(day))
    }

    /// The end of the feed of `day`.
    #[must_use]
    pub fn ends_at(&self, day: NaiveDate) -> DateTime<Utc> {
        let is_midnight = self.closes_at == Time::midnight();
        instant_of(&self.zone, if is_midnight { after(day) } else { day }, self.closes_at)
    }

    /// The end of `period`.
    #[must_use]
    pub fn period_ends_at(&self, period: Period) -> DateTime<Utc> {
        self.ends_at(period.ends_on())
    }

    /// The time at which `period` is complete at the latest.
    #[must_use]
    pub fn deadline(&self, period: Period) -> DateTime<Utc> {
        self.period_ends_at(period) + self.deadline
    }

    /// The last day whose deadline has passed at `now`.
    #[must_use]
    pub fn last_day_past_deadline(&self, now: DateTime<Utc>) -> NaiveDate {
        before(self.day_of(now - self.deadline))
    }
}

/// 0001-01-03: what lies earlier counts as this.
const FIRST_INSTANT: DateTime<Utc> = DateTime::from_timestamp(-62_135_424_000, 0).unwrap();

/// 9999-12-29: what lies later counts as this.
const LAST_INSTANT: DateTime<Utc> = DateTime::from_timestamp(253_402_041_600, 0).unwrap();

fn before(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(1)).unwrap_or(day)
}

fn after(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use entity::enums::Cadence;
    use proptest::prelude::*;

    use super::*;

    fn in_zone(zone: &str, hour: i8, minute: i8) -> Calendar {
        Calendar::new(crate::zones::find(zone).unwrap(), jiff::civil::time(hour, minute, 0, 0))
    }

    fn calendar() -> Calendar {
        in_zone("America/New_York", 21, 30)
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn midnight_ends_the_day() {
        let calendar = in_zone("UTC", 0, 0);
        assert_eq!(calendar.day_of(at("2026-02-03T23:59:59.999Z")), day("2026-02-03"));
        assert_eq!(calendar.day_of(at("2026-02-04T00:00:00Z")), day("2026-02-04"));
        assert_eq!(calendar.day_of(at("2026-02-04T00:10:00Z")), day("2026-02-04"));
        assert_eq!(calendar.opens_at(day("2026-02-04")), at("2026-02-04T00:00:00Z"));
        assert_eq!(calendar.ends_at(day("2026-02-04")), at("2026-02-05T00:00:00Z"));
        let period = Period::containing(Cadence::Daily, day("2026-02-04"));
        assert_eq!(calendar.deadline(period), at("2026-02-05T02:00:00Z"));
    }

    #[test]
    fn the_day_changes_at_the_closing_hour() {
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
    fn every_instant_is_in_its_day_through_clock_changes() {
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
    fn the_deadline_of_a_period_is_two_hours_after_its_end() {
        let calendar = calendar();
        let period = Period::containing(Cadence::Daily, day("2026-01-06"));
        assert_eq!(calendar.deadline(period), at("2026-01-07T04:30:00Z"));
        assert_eq!(calendar.last_day_past_deadline(at("2026-01-07T04:29:59Z")), day("2026-01-05"));
        assert_eq!(calendar.last_day_past_deadline(at("2026-01-07T04:30:00Z")), day("2026-01-06"));
    }

    /// Zones with clock changes, of half an hour too, at midnight, and one that left out a day.
    const ZONES: [&str; 9] = [
        "UTC",
        "America/New_York",
        "Europe/Paris",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/Havana",
        "Asia/Beirut",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
    ];

    proptest! {
        #[test]
        fn every_instant_is_in_its_day_in_any_zone_at_any_hour(
            second in -1_000_000_000_i64..5_000_000_000, zone in 0..ZONES.len(), hour in 0_i8..24, minute in 0_i8..60,
        ) {
            let calendar = in_zone(ZONES[zone], hour, minute);
            let at = DateTime::from_timestamp(second, 0).unwrap();
            let day = calendar.day_of(at);
            prop_assert!(calendar.opens_at(day) <= at && at < calendar.ends_at(day));
            // And the other way: a day opens as itself, unless the zone left it out.
            if calendar.opens_at(day) < calendar.ends_at(day) {
                prop_assert_eq!(calendar.day_of(calendar.opens_at(day)), day);
            }
            prop_assert_eq!(calendar.ends_at(day), calendar.opens_at(day + Days::new(1)));
        }

        #[test]
        fn no_day_and_no_instant_is_too_far_away(
            milliseconds in DateTime::<Utc>::MIN_UTC.timestamp_millis()..DateTime::<Utc>::MAX_UTC.timestamp_millis(),
            number in NaiveDate::MIN.to_epoch_days()..NaiveDate::MAX.to_epoch_days(), zone in 0..ZONES.len(), hour in 0_i8..24,
        ) {
            let calendar = in_zone(ZONES[zone], hour, 0);
            let _ = calendar.day_of(DateTime::from_timestamp_millis(milliseconds).unwrap());
            let day = NaiveDate::from_epoch_days(number).unwrap();
            let _ = (calendar.opens_at(day), calendar.ends_at(day));
            let period = Period::containing(Cadence::Weekly, day);
            let _ = calendar.deadline(period);
        }
    }

    #[test]
    fn the_first_and_last_dates_do_not_panic() {
        let calendar = calendar();
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let _ = calendar.day_of(at);
        }
        for day in [NaiveDate::MIN, NaiveDate::MAX] {
            for cadence in [Cadence::Daily, Cadence::Weekly, Cadence::Monthly] {
                let period = Period::containing(cadence, day);
                let _ = (period.next(), period.previous(), period.ends_on(), calendar.deadline(period));
            }
        }
    }
}
