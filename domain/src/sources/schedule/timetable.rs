//! arXiv's timetable: which days announcements are stated for, and when they are made.
//!
//! An announcement is stated for a day from Monday to Friday and made at 20:00 in New York on the evening before; for
//! Monday on Sunday. On the evenings of [`HOLIDAYS`] nothing is announced. Source:
//! <https://info.arxiv.org/help/availability.html>.
//!
//! Always: the timetable says when to begin to look. What was announced is what a listing states.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Utc, Weekday};
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::zones;

/// The zone of arXiv's clock.
const ZONE: &str = "America/New_York";

/// The hour of announcements.
const ANNOUNCED_AT: i8 = 20;

/// The hour and minute at which harvested records have the announcement of the evening in them.
const HARVESTED_AT: (i8, i8) = (22, 30);

/// Evenings without an announcement, as arXiv lists them each year: year, month, day.
const HOLIDAYS: [(i32, u32, u32); 9] = [
    (2026, 1, 1),
    (2026, 1, 19),
    (2026, 6, 19),
    (2026, 7, 3),
    (2026, 9, 7),
    (2026, 11, 26),
    (2026, 12, 25),
    (2026, 12, 29),
    (2026, 12, 31),
];

/// The latest announcement that should have been made at `now`: the day that it is stated for, and the instant.
pub(super) fn latest(now: DateTime<Utc>) -> (NaiveDate, DateTime<Utc>) {
    let mut day = zones::local_date(&zone(), now) + Days::new(1);
    loop {
        let made_at = made_at(day);
        if is_announced(day) && made_at <= now {
            return (day, made_at);
        }
        day = day - Days::new(1);
    }
}

/// The instant at which the announcement that is stated for a day is made.
pub(super) fn made_at(day: NaiveDate) -> DateTime<Utc> {
    at(day - Days::new(1), ANNOUNCED_AT, 0)
}

/// The first instant after `now` at which harvested records have the announcement of the evening in them.
pub(super) fn next_harvest(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = zones::local_date(&zone(), now);
    let (hour, minute) = HARVESTED_AT;
    (0..3)
        .map(|days| at(today + Days::new(days), hour, minute))
        .find(|&at| at > now)
        .unwrap_or(now + TimeDelta::days(1))
}

/// Whether an announcement is stated for a day.
pub(super) fn is_announced(day: NaiveDate) -> bool {
    let evening = day - Days::new(1);
    let is_holiday = HOLIDAYS.contains(&(evening.year(), evening.month(), evening.day()));
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !is_holiday
}

fn at(day: NaiveDate, hour: i8, minute: i8) -> DateTime<Utc> {
    zones::instant_of(&zone(), day, Time::constant(hour, minute, 0, 0))
}

fn zone() -> TimeZone {
    zones::find(ZONE).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn announcements_are_made_on_the_evening_before() {
        for (now, day) in [
            // Summer: 20:00 in New York is midnight UTC.
            ("2026-06-10T23:59:59Z", "2026-06-10"),
            ("2026-06-11T00:00:00Z", "2026-06-11"),
            // Winter: 01:00 UTC.
            ("2026-02-04T00:59:59Z", "2026-02-03"),
            ("2026-02-04T01:00:00Z", "2026-02-04"),
            // Friday evening to Sunday evening: nothing.
            ("2026-02-07T12:00:00Z", "2026-02-06"),
            ("2026-02-09T00:59:59Z", "2026-02-06"),
            ("2026-02-09T01:00:00Z", "2026-02-09"),
            // Thanksgiving: nothing on the evening of the 26th.
            ("2026-11-27T12:00:00Z", "2026-11-26"),
            ("2026-11-30T01:00:00Z", "2026-11-30"),
        ] {
            assert_eq!(latest(instant(now)).0.to_string(), day, "{now}");
        }
    }

    #[test]
    fn harvests_follow_the_announcement() {
        assert_eq!(next_harvest(instant("2026-02-04T01:00:00Z")), instant("2026-02-04T03:30:00Z"));
        assert_eq!(next_harvest(instant("2026-02-04T03:30:00Z")), instant("2026-02-05T03:30:00Z"));
    }

    proptest! {
        #[test]
        fn the_latest_announcement_is_past_and_near(seconds in 1_600_000_000_i64..2_000_000_000) {
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            let (day, made_at) = latest(now);
            prop_assert!(made_at <= now && now - made_at < TimeDelta::days(6));
            prop_assert!(is_announced(day));
            prop_assert!(next_harvest(now) > now && next_harvest(now) - now <= TimeDelta::hours(25));
        }
    }
}
