//! Where chrono, which the database speaks, meets jiff, which knows the time zones.
//!
//! The zones are those that the program was built with, so that every machine computes the same.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// The zone with this IANA name, in any case; `None` where there is none.
#[must_use]
pub fn find(name: &str) -> Option<TimeZone> {
    // A name that the database does not list, such as "local" or a POSIX rule, is none.
    jiff::tz::db().get(name).ok().filter(|zone| zone.iana_name().is_some())
}

/// The instant of a wall-clock time in a zone.
#[must_use]
pub fn instant_of(zone: &TimeZone, date: NaiveDate, time: Time) -> DateTime<Utc> {
    let civil = civil_date(date).to_datetime(time);
    let timestamp = zone.to_ambiguous_zoned(civil).compatible().map(|zoned| zoned.timestamp());
    // Only the ends of time fail, thousands of years away from every period.
    DateTime::from_timestamp_millis(timestamp.unwrap_or(Timestamp::UNIX_EPOCH).as_millisecond())
        .unwrap_or_default()
}

/// The date in a zone at an instant.
#[must_use]
pub fn local_date(zone: &TimeZone, at: DateTime<Utc>) -> NaiveDate {
    let date = local(zone, at).date();
    NaiveDate::from_ymd_opt(
        date.year().into(),
        date.month().unsigned_abs().into(),
        date.day().unsigned_abs().into(),
    )
    .unwrap_or_default()
}

/// The wall-clock time in a zone at an instant.
#[must_use]
pub fn local_time(zone: &TimeZone, at: DateTime<Utc>) -> Time {
    local(zone, at).time()
}

fn local(zone: &TimeZone, at: DateTime<Utc>) -> jiff::civil::DateTime {
    zone.to_datetime(Timestamp::from_millisecond(at.timestamp_millis()).unwrap_or(Timestamp::UNIX_EPOCH))
}

fn civil_date(date: NaiveDate) -> Date {
    let part = |number: u32| i8::try_from(number).unwrap_or(1);
    let year = i16::try_from(date.year()).unwrap_or(1970);
    Date::new(year, part(date.month()), part(date.day())).unwrap_or_default()
}
