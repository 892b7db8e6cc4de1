//! The settings of a subscription: validation, storage and wording.

use chrono::{NaiveDate, Weekday};
use entity::enums::Cadence;
use entity::json::{DigestFilter, SubscriptionSettings};
use jiff::civil::Time;
use plain_text::one_line;

use crate::error::{UserError, UserErrorCode};
use crate::papers::taxonomy;
use crate::wording::count;
use crate::zones;

/// Most papers in a digest.
pub const MAX_PAPERS: i32 = 50;

/// Entries in a list of a filter.
const MAX_LIST: usize = 50;

/// Characters in an entry of a filter.
const MAX_ENTRY: usize = 100;

const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// Settings as they were typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsInput {
    /// The cadence.
    pub cadence: Cadence,
    /// IANA name, in any case.
    pub time_zone: String,
    /// HH:MM.
    pub send_time: String,
    /// Allowed weekdays, at least one.
    pub weekdays: Vec<Weekday>,
    /// 1 to [`MAX_PAPERS`].
    pub max_papers: i32,
    /// The filter of the digest.
    pub filter: DigestFilter,
}

impl Default for SettingsInput {
    /// Every workday at 08:00 UTC, at most ten papers, unfiltered.
    fn default() -> Self {
        Self {
            cadence: Cadence::Daily,
            time_zone: "UTC".to_owned(),
            send_time: "08:00".to_owned(),
            weekdays: WEEK[..5].to_vec(),
            max_papers: 10,
            filter: DigestFilter::default(),
        }
    }
}

/// A change of settings; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// The cadence.
    pub cadence: Option<Cadence>,
    /// IANA name.
    pub time_zone: Option<String>,
    /// HH:MM.
    pub send_time: Option<String>,
    /// Allowed weekdays.
    pub weekdays: Option<Vec<Weekday>>,
    /// 1 to [`MAX_PAPERS`].
    pub max_papers: Option<i32>,
    /// The filter of the digest; `Some` of the default clears it.
    pub filter: Option<DigestFilter>,
    /// No digest before this day; `Some(None)` ends a rest.
    pub paused_until: Option<Option<NaiveDate>>,
}

impl SettingsInput {
    /// The settings as they are stored.
    ///
    /// # Errors
    /// Every problem, each with its place below `input`.
    pub fn check(&self) -> Result<SubscriptionSettings, Vec<UserError>> {
        let mut problems = Vec::new();
        let mut problem = |code, field: &[&str], message: String| {
            let path: Vec<&str> = std::iter::once("input").chain(field.iter().copied()).collect();
            problems.push(UserError::new(code, &path, message));
        };
        let zone = zones::find_typed(&self.time_zone);
        let name = zone.as_ref().ok().and_then(|zone| zone.iana_name());
        let time_zone = name.unwrap_or_default().to_owned();
        if let Err(meant) = &zone {
            problem(UserErrorCode::Invalid, &["timeZone"], no_zone(&self.time_zone, meant));
        }
        let send_time = parse_time(self.send_time.trim());
        if send_time.is_none() {
            let message = format!("{:?} is not a time of day such as 08:30.", clip(&self.send_time));
            problem(UserErrorCode::Invalid, &["sendTime"], message);
        }
        if self.weekdays.is_empty() {
            problem(UserErrorCode::Required, &["weekdays"], "Choose at least one weekday.".to_owned());
        }
        if !(1..=MAX_PAPERS).contains(&self.max_papers) {
            let message = format!("A digest can have 1 to {MAX_PAPERS} papers.");
            problem(UserErrorCode::Invalid, &["maxPapers"], message);
        }
        let filter = check_filter(&self.filter, &mut problem);
        if problems.is_empty() {
            Ok(SubscriptionSettings {
                cadence: self.cadence,
                time_zone,
                send_time: send_time.unwrap_or_default().strftime("%H:%M").to_string(),
                weekdays: mask(&self.weekdays),
                max_papers: self.max_papers,
                filter,
            })
        } else {
            Err(problems)
        }
    }
}

/// A filter cleaned and checked on its own, its problems below `input.filter`.
///
/// # Errors
/// Every problem.
pub fn checked_filter(filter: &DigestFilter) -> Result<DigestFilter, Vec<UserError>> {
    let mut problems = Vec::new();
    let filter = check_filter(filter, &mut |code, field: &[&str], message| {
        let path: Vec<&str> = std::iter::once("input").chain(field.iter().copied()).collect();
        problems.push(UserError::new(code, &path, message));
    });
    if problems.is_empty() { Ok(filter) } else { Err(problems) }
}

fn check_filter(
    filter: &DigestFilter,
    problem: &mut impl FnMut(UserErrorCode, &[&str], String),
) -> DigestFilter {
    let mut list = |name: &str, entries: &[String]| {
        let entries: Vec<String> =
            entries.iter().map(|entry| one_line(entry)).filter(|entry| !entry.is_empty()).collect();
        if entries.len() > MAX_LIST {
            problem(
                UserErrorCode::TooMany,
                &["filter", name],
                format!("There can be at most {MAX_LIST} entries."),
            );
        }
        if entries.iter().any(|entry| entry.chars().count() > MAX_ENTRY) {
            let message = format!("An entry can have at most {MAX_ENTRY} characters.");
            problem(UserErrorCode::TooLong, &["filter", name], message);
        }
        entries
    };
    let mut checked = DigestFilter {
        categories: list("categories", &filter.categories),
        keywords: list("keywords", &filter.keywords),
        authors: list("authors", &filter.authors),
        organizations: list("organizations", &filter.organizations),
        exclude_categories: list("excludeCategories", &filter.exclude_categories),
        exclude_keywords: list("excludeKeywords", &filter.exclude_keywords),
        min_upvotes: filter.min_upvotes.filter(|&votes| votes != 0),
    };
    for (name, codes) in
        [("categories", &mut checked.categories), ("excludeCategories", &mut checked.exclude_categories)]
    {
        for code in codes {
            match taxonomy::checked(code) {
                Ok(known) => known.clone_into(code),
                Err(message) => {
                    problem(UserErrorCode::Invalid, &["filter", name], message);
                    break;
                }
            }
        }
    }
    if checked.min_upvotes.is_some_and(|votes| votes < 0) {
        let message = "The minimum number of votes must be zero or more.".to_owned();
        problem(UserErrorCode::Invalid, &["filter", "minUpvotes"], message);
    }
    checked
}

/// The message for a text that is not a time zone.
fn no_zone(typed: &str, meant: &[&str]) -> String {
    let said = format!("{:?} is not a time zone such as Europe/Paris.", clip(typed));
    match meant {
        [] => said,
        meant => format!("{said} Did you mean {}?", meant.join(" or ")),
    }
}

/// Input of a user, shortened for error messages.
fn clip(text: &str) -> String {
    text.chars().take(60).collect()
}

/// A time of day of the form HH:MM.
#[must_use]
pub fn parse_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str| {
        (digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| digits.parse::<i8>().ok())?
    };
    Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

/// Weekdays as bits, Monday the lowest.
#[must_use]
pub fn mask(weekdays: &[Weekday]) -> i32 {
    weekdays.iter().fold(0, |mask, day| mask | 1 << day.num_days_from_monday())
}

/// The weekdays of a mask, from Monday on.
#[must_use]
pub fn weekdays(mask: i32) -> Vec<Weekday> {
    WEEK.into_iter().filter(|day| mask & (1 << day.num_days_from_monday()) != 0).collect()
}

/// A digest in words: `a daily digest, Monday to Friday at 08:00 (Europe/Paris), with at most 10 papers`.
/// Nothing in it is free text.
#[must_use]
pub fn in_words(settings: &SubscriptionSettings) -> String {
    let (cadence, when) = cadence_in_words(settings);
    let narrowed = if settings.filter == DigestFilter::default() { "" } else { " selected by a filter" };
    let papers = papers_in_words(settings);
    format!("a {cadence} digest, {when}, with at most {papers}{narrowed}")
}

/// The same choice by choice, each with its name. Nothing in it is free text: it stands in mails that strangers can have
/// sent, so that entries of a filter are counted, not quoted.
#[must_use]
pub fn choices(settings: &SubscriptionSettings) -> Vec<(&'static str, String)> {
    let (cadence, when) = cadence_in_words(settings);
    let filter = &settings.filter;
    let entries = [
        (filter.categories.len(), "category", "categories"),
        (filter.keywords.len(), "keyword", "keywords"),
        (filter.authors.len(), "author", "authors"),
        (filter.organizations.len(), "organization", "organizations"),
        (filter.exclude_categories.len(), "excluded category", "excluded categories"),
        (filter.exclude_keywords.len(), "excluded keyword", "excluded keywords"),
    ];
    let entries = entries.into_iter().filter(|&(number, ..)| number > 0);
    let mut narrowed: Vec<String> = entries.map(|(number, one, many)| count(number, one, many)).collect();
    if let Some(votes) = filter.min_upvotes {
        narrowed
            .push(format!("{} or more", count(usize::try_from(votes).unwrap_or_default(), "vote", "votes")));
    }
    let mut choices = vec![
        ("How often", cadence.to_owned()),
        ("When", when),
        ("How many", format!("at most {}", papers_in_words(settings))),
    ];
    if !narrowed.is_empty() {
        choices.push(("Filter", narrowed.join(", ")));
    }
    choices
}

fn cadence_in_words(settings: &SubscriptionSettings) -> (&'static str, String) {
    let days = weekdays(settings.weekdays);
    let (cadence, days) = match settings.cadence {
        Cadence::Daily => ("daily", days_in_words(&days)),
        Cadence::Weekly => ("weekly", format!("on {}s", days.first().map_or("", |&day| day_name(day)))),
        Cadence::Monthly => ("monthly", format!("on the first {} of the month", days_in_words_or(&days))),
    };
    (cadence, format!("{days} at {} ({})", settings.send_time, settings.time_zone))
}

fn papers_in_words(settings: &SubscriptionSettings) -> String {
    match settings.max_papers {
        1 => "one paper".to_owned(),
        many => format!("{many} papers"),
    }
}

fn days_in_words(days: &[Weekday]) -> String {
    match days {
        [only] => format!("on {}s", day_name(*only)),
        _ if days.len() == 7 => "every day".to_owned(),
        _ if days == &WEEK[..5] => "Monday to Friday".to_owned(),
        _ => days.iter().map(|&day| day_name(day)).collect::<Vec<_>>().join(", "),
    }
}

fn days_in_words_or(days: &[Weekday]) -> String {
    match days {
        _ if days.len() == 7 => "day".to_owned(),
        _ if days == &WEEK[..5] => "workday".to_owned(),
        _ => days.iter().map(|&day| day_name(day)).collect::<Vec<_>>().join(" or "),
    }
}

fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_stored_in_one_form() {
        let input = SettingsInput {
            time_zone: " europe/paris ".to_owned(),
            send_time: "06:05".to_owned(),
            weekdays: vec![Weekday::Sun, Weekday::Mon, Weekday::Mon],
            filter: DigestFilter {
                keywords: vec![" a\nb ".to_owned(), String::new()],
                min_upvotes: Some(0),
                ..Default::default()
            },
            ..SettingsInput::default()
        };
        let settings = input.check().unwrap();
        assert_eq!(settings.time_zone, "Europe/Paris");
        assert_eq!(settings.send_time, "06:05");
        assert_eq!(weekdays(settings.weekdays), [Weekday::Mon, Weekday::Sun]);
        assert_eq!(settings.filter.keywords, ["a b"]);
        assert_eq!(settings.filter.min_upvotes, None);
    }

    #[test]
    fn every_problem_is_returned_with_its_field() {
        let input = SettingsInput {
            time_zone: "Mars/Olympus".to_owned(),
            send_time: "24:00".to_owned(),
            weekdays: Vec::new(),
            max_papers: 51,
            filter: DigestFilter {
                keywords: vec!["x".repeat(101)],
                authors: vec!["a".to_owned(); 51],
                min_upvotes: Some(-1),
                ..Default::default()
            },
            ..SettingsInput::default()
        };
        let places: Vec<String> =
            input.check().unwrap_err().iter().map(|problem| problem.field.join(".")).collect();
        assert_eq!(
            places,
            [
                "input.timeZone",
                "input.sendTime",
                "input.weekdays",
                "input.maxPapers",
                "input.filter.keywords",
                "input.filter.authors",
                "input.filter.minUpvotes",
            ]
        );
    }

    #[test]
    fn times_have_four_digits() {
        for text in ["8:00", "08:0", "08:60", "24:00", "08:00:00", "0800", "+8:00", "", "－8:00"] {
            assert_eq!(parse_time(text), None, "{text}");
        }
        assert_eq!(parse_time("00:00").map(jiff::civil::Time::hour), Some(0));
        assert_eq!(parse_time("23:59").map(jiff::civil::Time::minute), Some(59));
    }

    #[test]
    fn the_summary_describes_the_settings() {
        let words = |cadence, weekdays: &[Weekday], max_papers| {
            let input =
                SettingsInput { cadence, weekdays: weekdays.to_vec(), max_papers, ..Default::default() };
            in_words(&input.check().unwrap())
        };
        assert_eq!(
            words(Cadence::Daily, &WEEK[..5], 10),
            "a daily digest, Monday to Friday at 08:00 (UTC), with at most 10 papers"
        );
        assert_eq!(
            words(Cadence::Weekly, &[Weekday::Wed, Weekday::Fri], 1),
            "a weekly digest, on Wednesdays at 08:00 (UTC), with at most one paper"
        );
        assert_eq!(
            words(Cadence::Monthly, &WEEK[..5], 20),
            "a monthly digest, on the first workday of the month at 08:00 (UTC), with at most 20 papers"
        );
    }

    #[test]
    fn the_summary_counts_filter_entries_without_quoting_them() {
        let filter = DigestFilter {
            keywords: vec!["buy now".to_owned(), "b".to_owned()],
            exclude_categories: vec!["cs.CV".to_owned()],
            min_upvotes: Some(1),
            ..DigestFilter::default()
        };
        let input = SettingsInput { filter, ..SettingsInput::default() };
        let choices = choices(&input.check().unwrap());
        let filter = choices.iter().find(|(name, _)| *name == "Filter").unwrap();
        assert_eq!(filter.1, "2 keywords, 1 excluded category, 1 vote or more");
        assert_eq!(choices[1].1, "Monday to Friday at 08:00 (UTC)");
    }
}
