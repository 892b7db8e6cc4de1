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

/// The instant of a wall-clock time in a zone; what lies beyond the end of jiff's time (9999) is there.
#[must_use]
pub fn instant_of(zone: &TimeZone, date: NaiveDate, time: Time) -> DateTime<Utc> {
    let timestamp = civil_date(date)
        .and_then(|date| zone.to_ambiguous_zoned(date.to_datetime(time)).compatible().ok())
        .map_or(Timestamp::MAX, |zoned| zoned.timestamp());
    DateTime::from_timestamp_millis(timestamp.as_millisecond()).unwrap_or(DateTime::<Utc>::MAX_UTC)
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

fn civil_date(date: NaiveDate) -> Option<Date> {
    let part = |number: u32| i8::try_from(number).ok();
    Date::new(i16::try_from(date.year()).ok()?, part(date.month())?, part(date.day())?).ok()
}
