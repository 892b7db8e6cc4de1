//! What is sent, and to whom: papers of a day that ended six hours ago, and subscribers who are due.
//!
//! A release build goes by the machine's clock, so the feed day is laid around it: it closed six hours ago, and every
//! subscriber's hour was a quarter of an hour ago, which is more than mails are spread over.

use std::fmt::Write as _;

use chrono::{DateTime, Days, TimeDelta, Timelike as _, Utc};

/// Categories of the papers; each has two.
const CATEGORIES: [&str; 5] = ["cs.AI", "cs.CL", "cs.CV", "cs.LG", "cs.RO"];

/// Papers in the database: 80 to a day, half of them featured.
pub(super) const PAPERS: u32 = 4_800;

/// Comments in the database.
pub(super) const COMMENTS: u32 = 1_000;

/// The instants of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    now: DateTime<Utc>,
}

impl Times {
    /// As of now.
    #[expect(
        clippy::disallowed_methods,
        reason = "a release build goes by the machine's clock, and so does this"
    )]
    pub(super) fn now() -> Self {
        Self { now: Utc::now() }
    }

    /// When feed days close, in UTC: HH:MM.
    pub(super) fn closes_at(self) -> String {
        clock(self.now - TimeDelta::hours(6))
    }

    /// The latest complete day.
    pub(super) fn day(self) -> String {
        (self.now - TimeDelta::hours(6)).date_naive().to_string()
    }

    /// Makes every subscriber due today, with nothing of the day covered.
    pub(super) fn make_due(self) -> String {
        let (due, day) = (self.now - TimeDelta::minutes(15), (self.now - TimeDelta::hours(6)).date_naive());
        format!(
            "UPDATE subscription SET next_local_date = '{}', next_due_at = '{}', covered_day = '{}', \
             covered_at = '2000-01-01T00:00:00+00:00'",
            due.date_naive(),
            due.to_rfc3339(),
            day - Days::new(1),
        )
    }

    /// Subscribers as `daily-papers subscribers import` reads them, with `filters` distinct filters, any of one to
    /// five categories and a number of votes; 0 for none at all.
    pub(super) fn list(self, subscribers: u32, filters: u32) -> String {
        let hour = clock(self.now - TimeDelta::minutes(15));
        let mut list = String::from("email,send_time,weekdays,categories,min_upvotes\n");
        for number in 0..subscribers {
            let (which, votes) = match number.checked_rem(filters) {
                Some(filter) => (1 + filter % 31, filter / 31 * 8),
                None => (0, 0),
            };
            let categories: Vec<&str> = CATEGORIES
                .iter()
                .zip(0..)
                .filter(|(_, bit)| which >> bit & 1 == 1)
                .map(|(&code, _)| code)
                .collect();
            let _ = writeln!(
                list,
                "reader{number}@d{}.example.org,{hour},Mon;Tue;Wed;Thu;Fri;Sat;Sun,{},{votes}",
                number % 1_000,
                categories.join(";"),
            );
        }
        list
    }
}

fn clock(at: DateTime<Utc>) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn filters_are_distinct_and_everyone_has_one() {
        let times = Times { now: "2026-01-07T00:05:00Z".parse().unwrap() };
        let list = times.list(1_000, 300);
        let filters: HashSet<&str> =
            list.lines().skip(1).map(|line| line.splitn(4, ',').nth(3).unwrap()).collect();
        assert_eq!(filters.len(), 300);
        assert_eq!(list.lines().count(), 1_001);
        assert!(list.contains("reader0@d0.example.org,23:50,Mon;Tue;Wed;Thu;Fri;Sat;Sun,cs.AI,0\n"));
        assert_eq!((times.closes_at(), times.day()), ("18:05".to_owned(), "2026-01-06".to_owned()));
        assert!(times.make_due().contains("next_local_date = '2026-01-06'"));
    }
}
