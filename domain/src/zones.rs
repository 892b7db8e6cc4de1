//! Conversion between chrono, which the database uses, and jiff, which knows the time zones.
//!
//! The zones are those that the program was built with, so that every machine computes the same.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The zones that the program was built with; those of the machine may be older, and hold names of its own.
fn database() -> &'static TimeZoneDatabase {
    static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
    &DATABASE
}

/// The zone with this IANA name, in any case; `None` if there is none.
#[must_use]
pub fn find(name: &str) -> Option<TimeZone> {
    // A name that the database does not list, such as "local" or a POSIX rule, is not a zone; nor is what it lists for
    // machines that have not been told where they are.
    let is_place = |zone: &TimeZone| zone.iana_name().is_some_and(|name| name != "Factory");
    database().get(name).ok().filter(is_place)
}

/// The zone that somebody typed: an IANA name, or the city in one (`New York` for `America/New_York`).
///
/// # Errors
/// Names that are meant, perhaps.
pub fn find_typed(text: &str) -> Result<TimeZone, Vec<&'static str>> {
    let typed = text.trim();
    if let Some(zone) = find(typed).or_else(|| find(&typed.replace(' ', "_"))) {
        return Ok(zone);
    }
    let typed = city_key(typed);
    let of_city = names().iter().filter(|name| city_key(city(name)) == typed).min_by_key(|name| name.len());
    if let Some(zone) = of_city.and_then(|name| find(name)) {
        return Ok(zone);
    }
    // The part behind the last slash is what people know, also of a name that is misspelt before it.
    let typed = city(&typed).to_owned();
    let is_meant = |name: &&String| !typed.is_empty() && city_key(name).contains(&typed);
    let mut meant: Vec<_> = names().iter().filter(is_meant).map(|name| (0.0, name.as_str())).collect();
    if meant.is_empty() {
        let likeness =
            |name: &'static String| (strsim::jaro_winkler(&city_key(city(name)), &typed), name.as_str());
        meant = names().iter().map(likeness).filter(|(likeness, _)| *likeness > 0.88).collect();
        meant.sort_by(|a, b| b.0.total_cmp(&a.0));
    }
    Err(meant.into_iter().map(|(_, name)| name).take(3).collect())
}

/// The zones to choose from, in the order of their names: those that are named for a place, and UTC.
#[must_use]
pub fn names() -> &'static [String] {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let names = database().available().map(|name| name.to_string());
        let mut names: Vec<_> = names.filter(|name| is_place(name) && find(name).is_some()).collect();
        names.sort_unstable();
        names.dedup();
        names
    });
    &NAMES
}

/// Whether a name is that of a place in the world: the database also has rules (`EST5EDT`, `Etc/GMT+5`) and old names.
fn is_place(name: &str) -> bool {
    const REGIONS: [&str; 10] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    name == "UTC" || name.split_once('/').is_some_and(|(region, _)| REGIONS.contains(&region))
}

/// The text after the last slash.
fn city(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// A name as it is compared.
fn city_key(name: &str) -> String {
    name.replace(['_', '-'], " ").to_lowercase()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_found_by_name_and_by_city() {
        for (typed, name) in [
            ("Europe/Paris", "Europe/Paris"),
            (" europe/paris ", "Europe/Paris"),
            ("paris", "Europe/Paris"),
            ("New York", "America/New_York"),
            ("america/new york", "America/New_York"),
            ("Buenos Aires", "America/Buenos_Aires"),
            ("utc", "UTC"),
        ] {
            assert_eq!(find_typed(typed).unwrap().iana_name(), Some(name), "{typed}");
        }
    }

    #[test]
    fn unknown_time_zones_are_refused_with_suggestions() {
        assert_eq!(find_typed("Europe/Pariss").unwrap_err()[0], "Europe/Paris");
        assert_eq!(find_typed("US/Berlin").unwrap_err(), ["Europe/Berlin"]);
        for typed in [
            "Factory",
            "factory",
            "localtime",
            "posixrules",
            "Mars/Olympus Mons",
            "",
            "EST5EDT,M3.2.0,M11.1.0",
        ] {
            assert!(find_typed(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn the_list_of_time_zones_has_no_fixed_offsets() {
        assert!(names().len() > 400);
        assert!(names().iter().all(|name| find(name).is_some()));
        assert!(names().contains(&"UTC".to_owned()) && !names().contains(&"Etc/GMT+5".to_owned()));
    }
}
