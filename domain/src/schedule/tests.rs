//! When digests are due, by example and by property.

use proptest::prelude::*;

use crate::schedule::*;

const WORKDAYS: i32 = 0b001_1111;
const ALL_DAYS: i32 = 0b111_1111;

fn schedule(zone: &str, time: &str, weekdays: i32, cadence: Cadence) -> Schedule {
    Schedule {
        zone: TimeZone::get(zone).unwrap(),
        send_time: time.parse().unwrap(),
        weekdays,
        cadence,
        not_before: None,
        spread: TimeDelta::zero(),
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn dates(schedule: &Schedule, from: &str, count: usize) -> Vec<(String, String)> {
    let mut now = at(from);
    let mut last = None;
    (0..count)
        .map(|_| {
            let next = schedule.next(now, last);
            now = next.due_at;
            last = Some(next.local_date);
            (next.local_date.to_string(), next.due_at.format("%m-%dT%H:%MZ").to_string())
        })
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|&(date, due)| (date.to_owned(), due.to_owned())).collect()
}

#[test]
fn workdays_skip_the_weekend() {
    let schedule = schedule("Europe/Paris", "08:00", WORKDAYS, Cadence::Daily);
    let expected =
        [("2026-01-09", "01-09T07:00Z"), ("2026-01-12", "01-12T07:00Z"), ("2026-01-13", "01-13T07:00Z")];
    assert_eq!(dates(&schedule, "2026-01-08T07:00:00Z", 3), pairs(&expected));
}

#[test]
fn a_clock_change_gap_moves_later_and_a_fold_is_used_once() {
    // New York: 02:30 does not exist on 2026-03-08 and comes twice at 01:30 on 2026-11-01.
    let gap = schedule("America/New_York", "02:30", ALL_DAYS, Cadence::Daily);
    let expected =
        [("2026-03-07", "03-07T07:30Z"), ("2026-03-08", "03-08T07:30Z"), ("2026-03-09", "03-09T06:30Z")];
    assert_eq!(dates(&gap, "2026-03-06T12:00:00Z", 3), pairs(&expected));
    let fold = schedule("America/New_York", "01:30", ALL_DAYS, Cadence::Daily);
    let expected =
        [("2026-10-31", "10-31T05:30Z"), ("2026-11-01", "11-01T05:30Z"), ("2026-11-02", "11-02T06:30Z")];
    assert_eq!(dates(&fold, "2026-10-30T12:00:00Z", 3), pairs(&expected));
    // Lord Howe changes by half an hour.
    let half = schedule("Australia/Lord_Howe", "02:15", ALL_DAYS, Cadence::Daily);
    let expected =
        [("2026-10-03", "10-02T15:45Z"), ("2026-10-04", "10-03T15:45Z"), ("2026-10-05", "10-04T15:15Z")];
    assert_eq!(dates(&half, "2026-10-02T00:00:00Z", 3), pairs(&expected));
}

#[test]
fn distant_time_zones_use_their_own_dates() {
    let auckland = schedule("Pacific/Auckland", "08:00", WORKDAYS, Cadence::Daily);
    assert_eq!(dates(&auckland, "2026-01-04T12:00:00Z", 1), pairs(&[("2026-01-05", "01-04T19:00Z")]));
    let honolulu = schedule("Pacific/Honolulu", "20:00", WORKDAYS, Cadence::Daily);
    assert_eq!(dates(&honolulu, "2026-01-05T12:00:00Z", 1), pairs(&[("2026-01-05", "01-06T06:00Z")]));
}

#[test]
fn weekly_and_monthly_take_the_first_allowed_weekday() {
    let weekly = schedule("UTC", "08:00", 0b001_0100, Cadence::Weekly);
    let expected = [("2026-01-07", "01-07T08:00Z"), ("2026-01-14", "01-14T08:00Z")];
    assert_eq!(dates(&weekly, "2026-01-05T00:00:00Z", 2), pairs(&expected));
    let monthly = schedule("UTC", "08:00", WORKDAYS, Cadence::Monthly);
    let expected =
        [("2026-02-02", "02-02T08:00Z"), ("2026-03-02", "03-02T08:00Z"), ("2026-04-01", "04-01T08:00Z")];
    assert_eq!(dates(&monthly, "2026-01-05T00:00:00Z", 3), pairs(&expected));
}

#[test]
fn a_pause_ends_on_its_day() {
    let mut schedule = schedule("UTC", "08:00", WORKDAYS, Cadence::Daily);
    schedule.not_before = Some("2026-01-10".parse().unwrap());
    assert_eq!(dates(&schedule, "2026-01-05T00:00:00Z", 1), pairs(&[("2026-01-12", "01-12T08:00Z")]));
    schedule.cadence = Cadence::Weekly;
    schedule.not_before = Some("2026-01-14".parse().unwrap());
    let expected = [("2026-01-14", "01-14T08:00Z"), ("2026-01-19", "01-19T08:00Z")];
    assert_eq!(dates(&schedule, "2026-01-05T00:00:00Z", 2), pairs(&expected));
}

#[test]
fn the_send_offset_may_cross_midnight() {
    let mut schedule = schedule("UTC", "23:55", ALL_DAYS, Cadence::Daily);
    schedule.spread = TimeDelta::seconds(599);
    let next = schedule.next(at("2026-01-06T00:01:00Z"), Some("2026-01-04".parse().unwrap()));
    assert_eq!(next.local_date.to_string(), "2026-01-05");
    assert_eq!(next.due_at, at("2026-01-06T00:04:59Z"));
}

#[test]
fn after_downtime_the_latest_occurrence_counts() {
    let schedule = schedule("UTC", "08:00", WORKDAYS, Cadence::Daily);
    let first = "2026-01-05".parse().unwrap();
    assert_eq!(schedule.latest(first, at("2026-01-05T08:00:00Z")).local_date.to_string(), "2026-01-05");
    assert_eq!(schedule.latest(first, at("2026-01-18T12:00:00Z")).local_date.to_string(), "2026-01-16");
    assert_eq!(schedule.latest(first, at("2026-01-19T07:59:59Z")).local_date.to_string(), "2026-01-16");
}

proptest! {
    /// Over two years of any schedule: dates rise strictly, every allowed period has exactly one.
    #[test]
    fn one_digest_per_due_date(
        zone in prop::sample::select(vec![
            "UTC", "Europe/Paris", "America/New_York", "Pacific/Auckland", "Pacific/Honolulu",
            "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Apia",
        ]),
        minute in 0_i8..60,
        hour in 0_i8..24,
        weekdays in 1..=ALL_DAYS,
        which in 0..3_usize,
        spread in 0..600_i64,
        start in 0..1000_i64,
    ) {
        let cadence = [Cadence::Daily, Cadence::Weekly, Cadence::Monthly][which];
        let schedule = Schedule {
            zone: TimeZone::get(zone).unwrap(),
            send_time: jiff::civil::time(hour, minute, 0, 0),
            weekdays,
            cadence,
            not_before: None,
            spread: TimeDelta::seconds(spread),
        };
        let mut now = at("2025-01-01T00:00:00Z") + TimeDelta::hours(start);
        let end = now + TimeDelta::days(120);
        let mut last: Option<NaiveDate> = None;
        while now < end {
            let next = schedule.next(now, last);
            prop_assert!(next.due_at > now);
            if let Some(last) = last {
                prop_assert!(next.local_date > last);
                let mut between = last + Days::new(1);
                while between < next.local_date {
                    prop_assert!(!schedule.occurs_on(between), "{} was left out", between);
                    between = between + Days::new(1);
                }
                if cadence != Cadence::Daily {
                    prop_assert_ne!(
                        Period::containing(cadence, last), Period::containing(cadence, next.local_date)
                    );
                }
            }
            prop_assert_eq!(schedule.latest(next.local_date, next.due_at), next);
            now = next.due_at;
            last = Some(next.local_date);
        }
    }
}
