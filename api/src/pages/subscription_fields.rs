//! The fields of a subscription in a form: read, and shown.

use chrono::Weekday;
use domain::editions::{cadence_word, parse_cadence};
use domain::entity::enums::Cadence;
use domain::error::clip;
use domain::subscriptions::settings::{MAX_PAPERS, SettingsInput};
use domain::zones;

use crate::pages::form::Form;
use crate::pages::topic_fields::{self, TopicFields};

/// The boxes of the weekdays.
pub(crate) const WEEKDAY: &str = "weekday";

/// The settings that a form asks for, and its problems; what the form does not have is as `otherwise` says.
pub(crate) fn read(form: &Form, otherwise: &SettingsInput) -> (SettingsInput, Vec<String>) {
    let mut problems = Vec::new();
    let max_papers = form
        .number("max-papers", "The maximum number of papers", &mut problems)
        .unwrap_or(otherwise.max_papers);
    let filter = topic_fields::read(form, &otherwise.filter, &mut problems);
    let cadence = form.get("cadence").map(|text| {
        parse_cadence(text).unwrap_or_else(|| {
            problems.push(format!("A digest is daily, weekly or monthly, not {:?}.", clip(text)));
            otherwise.cadence
        })
    });
    // A box that is not ticked is not sent; the hidden field tells that there were boxes.
    let mut days = otherwise.weekdays.clone();
    if form.has("has-weekdays") || form.has(WEEKDAY) {
        days.clear();
        for text in form.all(WEEKDAY) {
            match text.parse::<Weekday>() {
                Ok(day) => days.push(day),
                Err(_) => problems.push(format!("{:?} is not a weekday.", clip(text))),
            }
        }
    }
    let settings = SettingsInput {
        cadence: cadence.unwrap_or(otherwise.cadence),
        time_zone: form.get("time-zone").unwrap_or(&otherwise.time_zone).to_owned(),
        send_time: form.get("send-time").unwrap_or(&otherwise.send_time).to_owned(),
        weekdays: days,
        max_papers,
        filter,
    };
    (settings, problems)
}

/// The fields of a subscription as a page shows them.
pub(crate) struct Fields {
    pub(crate) cadences: Vec<(&'static str, &'static str, bool)>,
    pub(crate) time_zone: String,
    /// The zones to choose from.
    pub(crate) time_zones: &'static [String],
    pub(crate) send_time: String,
    pub(crate) weekdays: Vec<(&'static str, &'static str, bool)>,
    pub(crate) max_papers: i32,
    /// The maximum number of papers that one can choose.
    pub(crate) papers_limit: i32,
    pub(crate) topics: TopicFields,
}

impl Fields {
    pub(crate) fn new(settings: &SettingsInput) -> Self {
        let cadence = |cadence: Cadence, label| (cadence_word(cadence), label, cadence == settings.cadence);
        let day = |day: Weekday, code, label| (code, label, settings.weekdays.contains(&day));
        Self {
            cadences: vec![
                cadence(Cadence::Daily, "Every day"),
                cadence(Cadence::Weekly, "Every week"),
                cadence(Cadence::Monthly, "Every month"),
            ],
            time_zone: settings.time_zone.clone(),
            time_zones: zones::names(),
            send_time: settings.send_time.clone(),
            weekdays: vec![
                day(Weekday::Mon, "Mon", "Monday"),
                day(Weekday::Tue, "Tue", "Tuesday"),
                day(Weekday::Wed, "Wed", "Wednesday"),
                day(Weekday::Thu, "Thu", "Thursday"),
                day(Weekday::Fri, "Fri", "Friday"),
                day(Weekday::Sat, "Sat", "Saturday"),
                day(Weekday::Sun, "Sun", "Sunday"),
            ],
            max_papers: settings.max_papers,
            papers_limit: MAX_PAPERS,
            topics: TopicFields::new(&settings.filter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_form_fields_keep_their_value() {
        let form = Form::read(b"email=a%40b&time-zone=Europe%2FParis");
        let (settings, problems) = read(&form, &SettingsInput::default());
        assert!(problems.is_empty());
        assert_eq!(settings.time_zone, "Europe/Paris");
        assert_eq!(settings, SettingsInput { time_zone: "Europe/Paris".to_owned(), ..Default::default() });
    }

    #[test]
    fn checkboxes_and_lists_are_read() {
        let form = Form::read(b"has-weekdays=1&weekday=Sat&weekday=Sun&keywords=a%2C+b&cadence=weekly");
        let (settings, problems) = read(&form, &SettingsInput::default());
        assert!(problems.is_empty());
        assert_eq!(settings.weekdays, [Weekday::Sat, Weekday::Sun]);
        assert_eq!(settings.filter.keywords, ["a", "b"]);
        assert_eq!(settings.cadence, Cadence::Weekly);
        assert_eq!(settings.max_papers, 10);
        let (none, _) = read(&Form::read(b"has-weekdays=1"), &SettingsInput::default());
        assert!(none.weekdays.is_empty());
    }

    #[test]
    fn unreadable_values_are_reported() {
        let form = Form::read(b"max-papers=abc&cadence=hourly&min-upvotes=xx&weekday=Foo");
        let (_, problems) = read(&form, &SettingsInput::default());
        assert_eq!(problems.len(), 4, "{problems:?}");
    }
}
