//! Wording that mails and pages share.

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use entity::enums::Cadence;
use latex::readable;

use crate::calendar::Period;
use crate::direction::BidiText;
use crate::papers::PaperRow;

/// The first word of the byline of a withdrawn paper.
const WITHDRAWN: &str = "Withdrawn";

/// The maximum number of authors in a byline.
const MAX_NAMED_AUTHORS: usize = 3;

/// The name of a digest of this cadence.
#[must_use]
pub fn digest_name(cadence: Cadence) -> &'static str {
    match cadence {
        Cadence::Daily => "Daily Papers",
        Cadence::Weekly => "Weekly Papers",
        Cadence::Monthly => "Monthly Papers",
    }
}

/// A day for people: 6 January 2026.
#[must_use]
pub fn long_date(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// A period for people: Tuesday, 6 January 2026; 29 December 2025 to 4 January 2026; January 2026.
#[must_use]
pub fn period_label(period: Period) -> String {
    let (first, last) = (period.starts_on(), period.ends_on());
    match period.cadence() {
        Cadence::Daily => first.format("%A, %-d %B %Y").to_string(),
        Cadence::Weekly if first.year() != last.year() => {
            format!("{} to {}", long_date(first), long_date(last))
        }
        Cadence::Weekly if first.month() != last.month() => {
            format!("{} to {}", first.format("%-d %B"), long_date(last))
        }
        Cadence::Weekly => format!("{} to {}", first.format("%-d"), long_date(last)),
        Cadence::Monthly => first.format("%B %Y").to_string(),
    }
}

/// A short form of a period: 6 Jan; 5 to 11 Jan; 29 Dec to 4 Jan; Jan 2026.
#[must_use]
pub fn short_label(period: Period) -> String {
    let (first, last) = (period.starts_on(), period.ends_on());
    let day = |day: NaiveDate| day.format("%-d %b").to_string();
    match period.cadence() {
        Cadence::Daily => day(first),
        Cadence::Weekly if first.month() != last.month() => format!("{} to {}", day(first), day(last)),
        Cadence::Weekly => format!("{} to {}", first.format("%-d"), day(last)),
        Cadence::Monthly => first.format("%b %Y").to_string(),
    }
}

/// `1 paper`, `2 papers`.
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// A duration of whole minutes for people: `15 minutes`, `1 hour`, `48 hours`, `30 days`.
#[must_use]
pub fn duration(time: TimeDelta) -> String {
    let plural = |number: i64, one, many| count(usize::try_from(number).unwrap_or_default(), one, many);
    match time.num_minutes() {
        minutes if minutes % (24 * 60) == 0 && minutes > 48 * 60 => {
            plural(minutes / (24 * 60), "day", "days")
        }
        minutes if minutes % 60 == 0 => plural(minutes / 60, "hour", "hours"),
        minutes => plural(minutes, "minute", "minutes"),
    }
}

/// The byline: `NVIDIA · A. Author, B. Author, C. Author and 2 more · 6 January 2026 · 3 votes`.
#[must_use]
pub fn byline(listed: &PaperRow) -> BidiText {
    let paper = &listed.paper;
    let mut parts: Vec<BidiText> = paper.withdrawn_on.iter().map(|_| BidiText::own(WITHDRAWN)).collect();
    parts.extend(listed.organization.iter().map(|row| BidiText::foreign(&readable(&row.name))));
    let stated = usize::try_from(paper.author_count).unwrap_or_default();
    let named = &paper.authors.0[..paper.authors.0.len().min(MAX_NAMED_AUTHORS)];
    let others = stated.max(paper.authors.0.len()) - named.len();
    let mut authors = names(named);
    match (named.is_empty(), others) {
        (_, 0) => {}
        (true, n) => authors.push_own(&count(n, "author", "authors")),
        (false, n) => authors.push_own(&format!(" and {n} more")),
    }
    parts.push(authors);
    parts.push(BidiText::own(&long_date(paper.published_on)));
    let sum = |a: i32, b: i32| usize::try_from(a.saturating_add(b)).unwrap_or_default();
    for (number, one, many) in [
        (sum(paper.source_upvotes, paper.upvotes), "vote", "votes"),
        (sum(paper.source_comments, paper.comments), "comment", "comments"),
    ] {
        if number > 0 {
            parts.push(BidiText::own(&count(number, one, many)));
        }
    }
    BidiText::join(parts, " · ")
}

/// Names of people, each made readable and kept apart from the next.
#[must_use]
pub fn names(names: &[String]) -> BidiText {
    BidiText::join(names.iter().map(|name| BidiText::foreign(&readable(name))), ", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_in_the_largest_whole_unit() {
        for (minutes, text) in [
            (1, "1 minute"),
            (15, "15 minutes"),
            (60, "1 hour"),
            (90, "90 minutes"),
            (48 * 60, "48 hours"),
            (72 * 60, "3 days"),
        ] {
            assert_eq!(duration(TimeDelta::minutes(minutes)), text);
        }
    }

    #[test]
    fn periods_are_formatted_for_readers() {
        for (text, label, short) in [
            ("2026-01-06", "Tuesday, 6 January 2026", "6 Jan"),
            ("2026-W02", "5 to 11 January 2026", "5 to 11 Jan"),
            ("2026-W05", "26 January to 1 February 2026", "26 Jan to 1 Feb"),
            ("2026-W01", "29 December 2025 to 4 January 2026", "29 Dec to 4 Jan"),
            ("2026-01", "January 2026", "Jan 2026"),
        ] {
            assert_eq!(period_label(text.parse().unwrap()), label);
            assert_eq!(short_label(text.parse().unwrap()), short);
        }
    }
}
