//! When a subscriber's digest is due: pure functions of a zone, a wall-clock time and a weekday mask.
//!
//! Occurrences are counted by local date, so that a clock change, an edited zone or a second tick can
//! never make two of one date. A time that a clock change leaves out moves later by the gap, one that
//! comes twice counts at its first coming (jiff's compatible disambiguation, as RFC 5545 has it).
//! A daily digest occurs on every allowed weekday; a weekly or monthly one on the first allowed weekday
//! of its ISO week or month. The mail leaves up to ten minutes after the nominal time, by a hash of the
//! subscriber, so that not all of Europe is due at 08:00.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Utc};
use entity::enums::Cadence;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::calendar::Period;
use crate::zones::{instant_of, local_date};

/// The maximum delay of mails after the nominal time, in seconds.
pub const SPREAD_SECONDS: u64 = 600;

/// The schedule of one subscriber.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The subscriber's zone.
    pub zone: TimeZone,
    /// Wall-clock time in the zone.
    pub send_time: Time,
    /// Allowed weekdays, bit 0 is Monday; at least one.
    pub weekdays: i32,
    /// The cadence.
    pub cadence: Cadence,
    /// No occurrence before this local date.
    pub not_before: Option<NaiveDate>,
    /// The delay of the mail after the nominal time, below [`SPREAD_SECONDS`].
    pub spread: TimeDelta,
}

/// One date on which a digest is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The subscriber's date, that of the nominal time.
    pub local_date: NaiveDate,
    /// The departure time of the mail.
    pub due_at: DateTime<Utc>,
}

impl Schedule {
    /// The first occurrence that is due after `now` on a date after `last`, the date of the latest digest.
    #[must_use]
    pub fn next(&self, now: DateTime<Utc>, last: Option<NaiveDate>) -> Occurrence {
        let earliest = [
            // A mail may leave after midnight for the day before.
            Some(local_date(&self.zone, now) - Days::new(1)),
            last.map(|last| last + Days::new(1)),
            self.not_before,
        ];
        let mut date = earliest.into_iter().flatten().max().unwrap_or_default();
        loop {
            if self.occurs_on(date) {
                let occurrence = self.on(date);
                if occurrence.due_at > now {
                    return occurrence;
                }
            }
            date = date + Days::new(1);
        }
    }

    /// The latest occurrence that is due by `now`, from `first` on; `first` itself if there is none
    /// later.
    #[must_use]
    pub fn latest(&self, first: NaiveDate, now: DateTime<Utc>) -> Occurrence {
        let mut date = local_date(&self.zone, now);
        while date > first {
            if self.occurs_on(date) {
                let occurrence = self.on(date);
                if occurrence.due_at <= now {
                    return occurrence;
                }
            }
            date = date - Days::new(1);
        }
        self.on(first)
    }

    /// The occurrence of a date.
    #[must_use]
    pub fn on(&self, date: NaiveDate) -> Occurrence {
        let nominal = instant_of(&self.zone, date, self.send_time);
        Occurrence { local_date: date, due_at: nominal + self.spread }
    }

    /// Whether a digest of `date` that was due by this schedule is still to come when `after` takes its place at
    /// `now`: it was due, and only waits for the planner or for its period. Another cadence, or a pause, ends it.
    #[must_use]
    pub fn owes(&self, after: &Self, date: NaiveDate, now: DateTime<Utc>) -> bool {
        self.cadence == after.cadence
            && after.not_before.is_none_or(|day| day <= date)
            && self.on(date).due_at <= now
    }

    fn occurs_on(&self, date: NaiveDate) -> bool {
        let allowed = |date: NaiveDate| self.weekdays & (1 << date.weekday().num_days_from_monday()) != 0;
        if !allowed(date) || self.not_before.is_some_and(|day| date < day) {
            return false;
        }
        let mut earlier = Period::containing(self.cadence, date).starts_on();
        while earlier < date {
            // A rest that ends within a week or month moves its digest to the first allowed day after it.
            if allowed(earlier) && self.not_before.is_none_or(|day| earlier >= day) {
                return false;
            }
            earlier = earlier + Days::new(1);
        }
        true
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
