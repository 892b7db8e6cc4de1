//! The check of settings, with every problem at once, each at its field below `input`.

use entity::json::SubscriptionSettings;
use entity::topic_filter::TopicFilter;
use jiff::civil::Time;

use crate::error::{UserError, UserErrorCode, clip};
use crate::papers::filter::check::FilterLimits;
use crate::zones;

use super::input::{MAX_PAPERS, SettingsInput};
use super::weekdays::mask;

impl SettingsInput {
    /// The settings as they are stored.
    ///
    /// # Errors
    /// Every problem, each with its place below `input`.
    pub fn check(&self) -> Result<SubscriptionSettings, Vec<UserError>> {
        let mut problems = Vec::new();
        let mut problem = |code, field: &str, message: String| {
            problems.push(UserError::new(code, &["input", field], message));
        };
        let zone = zones::find_typed(&self.time_zone);
        let name = zone.as_ref().ok().and_then(|zone| zone.iana_name());
        let time_zone = name.unwrap_or_default().to_owned();
        if let Err(meant) = &zone {
            problem(UserErrorCode::Invalid, "timeZone", no_zone(&self.time_zone, meant));
        }
        let send_time = parse_time(self.send_time.trim());
        if send_time.is_none() {
            let message = format!("{:?} is not a time of day such as 08:30.", clip(&self.send_time));
            problem(UserErrorCode::Invalid, "sendTime", message);
        }
        if self.weekdays.is_empty() {
            problem(UserErrorCode::Required, "weekdays", "Choose at least one weekday.".to_owned());
        }
        if !(1..=MAX_PAPERS).contains(&self.max_papers) {
            let message = format!("A digest can have 1 to {MAX_PAPERS} papers.");
            problem(UserErrorCode::Invalid, "maxPapers", message);
        }
        let filter = checked_filter(&self.filter).unwrap_or_else(|found| {
            problems.extend(found);
            TopicFilter::default()
        });
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

/// The filter of a digest in its stored form.
///
/// # Errors
/// Every problem, each with its place below `input.filter`.
pub fn checked_filter(filter: &TopicFilter) -> Result<TopicFilter, Vec<UserError>> {
    let below = |problem: UserError| problem.below(&["input", "filter"]);
    FilterLimits::DIGEST.check(filter).map_err(|problems| problems.into_iter().map(below).collect())
}

/// The message for a text that is not a time zone.
fn no_zone(typed: &str, meant: &[&str]) -> String {
    let said = format!("{:?} is not a time zone such as Europe/Paris.", clip(typed));
    match meant {
        [] => said,
        meant => format!("{said} Did you mean {}?", meant.join(" or ")),
    }
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

#[cfg(test)]
mod tests {
    use chrono::Weekday;

    use super::*;
    use crate::subscriptions::settings::weekdays;

    #[test]
    fn settings_are_stored_in_one_form() {
        let input = SettingsInput {
            time_zone: " europe/paris ".to_owned(),
            send_time: "06:05".to_owned(),
            weekdays: vec![Weekday::Sun, Weekday::Mon, Weekday::Mon],
            filter: TopicFilter {
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
            filter: TopicFilter {
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
}
