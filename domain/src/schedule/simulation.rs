//! Years of one subscriber's life: a planner that comes each minute or not for days, and a subscriber who moves
//! house, changes the hour, the days and the cadence, and rests.
//!
//! What the planner does is what `plan.rs` and `subscriptions/due.rs` do, without the database. Whatever happens: no
//! local date has two digests, dates only rise, and none is left out that was to come.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::enums::Cadence;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use crate::schedule::{Occurrence, Schedule};
use crate::zones::local_date;

/// Later than this a digest is not sent any more, but its date is used up.
const CATCH_UP: TimeDelta = TimeDelta::hours(6);

/// Zones of every kind: without clock changes, on both halves of the globe, by half an hour, on both sides of the date
/// line, across which one moved, and with a clock change at midnight.
const ZONES: [&str; 12] = [
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "America/St_Johns",
    "Pacific/Auckland",
    "Pacific/Honolulu",
    "Pacific/Kiritimati",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Santiago",
    "Africa/Cairo",
];

#[derive(Clone, Debug)]
enum Event {
    /// The planner does not run for this many minutes.
    Down(i64),
    /// The subscriber changes these settings, this many minutes after the last run of the planner.
    Edit {
        late: i64,
        zone: Option<usize>,
        minute: Option<i16>,
        weekdays: Option<i32>,
        cadence: Option<usize>,
    },
    /// The subscriber pauses for this many days from today.
    Rest(u64),
}

/// Events, each this many minutes after the previous one.
fn events() -> impl Strategy<Value = Vec<(i64, Event)>> {
    let edit = (
        prop_oneof![Just(0), 1..600_i64],
        prop::option::of(0..ZONES.len()),
        prop::option::of(0..1_440_i16),
        prop::option::of(1..=0b111_1111),
        prop::option::weighted(0.2, 0..3_usize),
    );
    let event = prop_oneof![
        2 => (1..20_000_i64).prop_map(Event::Down),
        6 => edit.prop_map(|(late, zone, minute, weekdays, cadence)| Event::Edit { late, zone, minute, weekdays, cadence }),
        1 => (0..60_u64).prop_map(Event::Rest),
    ];
    // Up to some six years, with quick successions in between.
    prop::collection::vec((prop_oneof![1..60_i64, 1..200_000_i64], event), 1..40)
}

fn schedule(zone: usize, minute: i16, weekdays: i32, cadence: usize, spread: i64) -> Schedule {
    let part = |number: i16| i8::try_from(number).unwrap();
    Schedule {
        zone: TimeZone::get(ZONES[zone]).unwrap(),
        send_time: jiff::civil::time(part(minute / 60), part(minute % 60), 0, 0),
        weekdays,
        cadence: [Cadence::Daily, Cadence::Weekly, Cadence::Monthly][cadence],
        not_before: None,
        spread: TimeDelta::seconds(spread),
    }
}

struct Life {
    schedule: Schedule,
    next: Occurrence,
    /// The local date of the latest digest, sent or skipped.
    last: Option<NaiveDate>,
    sent: usize,
    /// From when on every occurrence of the present schedule is to come.
    settled: DateTime<Utc>,
}

impl Life {
    fn begin(schedule: Schedule, now: DateTime<Utc>) -> Self {
        let next = schedule.next(now, None);
        Self { schedule, next, last: None, sent: 0, settled: now }
    }

    /// The decision of the planner.
    fn plan(&mut self, now: DateTime<Utc>) -> TestCaseResult {
        if self.next.due_at > now {
            return Ok(());
        }
        let occurrence = self.schedule.latest(self.next.local_date, now);
        if let Some(last) = self.last {
            prop_assert!(occurrence.local_date > last, "{} after {}", occurrence.local_date, last);
        }
        let due_at = self.next.due_at.max(occurrence.due_at);
        if now - due_at <= CATCH_UP {
            self.sent += 1;
        }
        self.last = Some(occurrence.local_date);
        self.next = self.schedule.next(now, self.last);
        prop_assert!(self.next.due_at > now);
        prop_assert!(self.next.local_date > occurrence.local_date);
        self.nothing_is_left_out(now)
    }

    /// Between the latest digest and the next one no date of the schedule is still to come.
    fn nothing_is_left_out(&self, now: DateTime<Utc>) -> TestCaseResult {
        let mut date =
            self.last.map_or_else(|| local_date(&self.schedule.zone, now), |last| last + Days::new(1));
        while date < self.next.local_date {
            let is_to_come =
                self.schedule.occurs_on(date) && self.schedule.on(date).due_at > now.max(self.settled);
            prop_assert!(!is_to_come, "{} was left out at {}; next is {:?}", date, now, self.next);
            date = date + Days::new(1);
        }
        Ok(())
    }

    /// The effect of a change of settings.
    fn change(&mut self, after: Schedule, now: DateTime<Utc>) -> TestCaseResult {
        let owed = self.schedule.owes(&after, self.next.local_date, now);
        self.schedule = after;
        self.settled = now;
        if owed {
            return Ok(());
        }
        self.next = self.schedule.next(now, self.last);
        prop_assert!(self.last.is_none_or(|last| self.next.local_date > last));
        self.nothing_is_left_out(now)
    }

    /// Lets time go by, with a planner that comes each minute.
    fn live(&mut self, from: DateTime<Utc>, until: DateTime<Utc>) -> TestCaseResult {
        let mut now = from;
        while self.next.due_at <= until {
            now = now.max(self.next.due_at);
            self.plan(now)?;
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn one_digest_per_due_date_through_any_changes(
        start in 0..3_000_000_i64,
        (zone, minute, weekdays, cadence, spread) in (0..ZONES.len(), 0..1_440_i16, 1..=0b111_1111, 0..3_usize, 0..600_i64),
        events in events(),
    ) {
        // From 2023 to 2028: leap days, every clock change several times.
        let mut now: DateTime<Utc> = "2023-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(start);
        let (mut zone, mut minute, mut weekdays, mut cadence) = (zone, minute, weekdays, cadence);
        let mut life = Life::begin(schedule(zone, minute, weekdays, cadence, spread), now);
        for (after, event) in events {
            let then = now + TimeDelta::minutes(after);
            life.live(now, then)?;
            now = then;
            match event {
                Event::Down(minutes) => {
                    now += TimeDelta::minutes(minutes);
                    life.plan(now)?;
                }
                Event::Edit { late, zone: to, minute: at, weekdays: on, cadence: every } => {
                    now += TimeDelta::minutes(late);
                    let owed = (life.next.due_at <= now && every.is_none_or(|every| every == cadence))
                        .then_some(life.next.local_date);
                    (zone, minute) = (to.unwrap_or(zone), at.unwrap_or(minute));
                    (weekdays, cadence) = (on.unwrap_or(weekdays), every.unwrap_or(cadence));
                    let not_before = life.schedule.not_before;
                    let after = Schedule { not_before, ..schedule(zone, minute, weekdays, cadence, spread) };
                    life.change(after, now)?;
                    life.plan(now)?;
                    prop_assert!(life.last >= owed, "{:?} was due and never came", owed);
                }
                Event::Rest(days) => {
                    let until = local_date(&life.schedule.zone, now) + Days::new(days);
                    life.change(Schedule { not_before: Some(until), ..life.schedule.clone() }, now)?;
                }
            }
        }
        // A quiet year: every date of the schedule has its digest.
        life.change(Schedule { not_before: None, ..life.schedule.clone() }, now)?;
        let (sent, first) = (life.sent, life.next);
        let end = now + TimeDelta::days(366);
        life.live(now, end)?;
        let mut due = 0;
        let mut date = first.local_date;
        while date < life.next.local_date {
            due += usize::from(life.schedule.occurs_on(date) || date == first.local_date);
            date = date + Days::new(1);
        }
        prop_assert_eq!(life.sent - sent, due);
    }
}
