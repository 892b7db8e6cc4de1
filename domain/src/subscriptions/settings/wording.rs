//! Settings in words, for mails and pages. Nothing in them is free text: strangers can cause such mails.

use chrono::Weekday;
use entity::enums::Cadence;
use entity::json::SubscriptionSettings;
use entity::topic_filter::TopicFilter;

use crate::wording::count;

use super::weekdays::{WORKDAYS, weekdays};

/// A digest in words: `a daily digest, Monday to Friday at 08:00 (Europe/Paris), with at most 10 papers`.
#[must_use]
pub fn in_words(settings: &SubscriptionSettings) -> String {
    let (cadence, when) = cadence_in_words(settings);
    let narrowed = if settings.filter == TopicFilter::default() { "" } else { " selected by a filter" };
    let papers = papers_in_words(settings);
    format!("a {cadence} digest, {when}, with at most {papers}{narrowed}")
}

/// The same choice by choice, each with its name. Entries of a filter are counted, not quoted.
#[must_use]
pub fn choices(settings: &SubscriptionSettings) -> Vec<(&'static str, String)> {
    let (cadence, when) = cadence_in_words(settings);
    let TopicFilter {
        categories,
        keywords,
        authors,
        organizations,
        exclude_categories,
        exclude_keywords,
        min_upvotes,
    } = &settings.filter;
    let entries = [
        (categories.len(), "category", "categories"),
        (keywords.len(), "keyword", "keywords"),
        (authors.len(), "author", "authors"),
        (organizations.len(), "organization", "organizations"),
        (exclude_categories.len(), "excluded category", "excluded categories"),
        (exclude_keywords.len(), "excluded keyword", "excluded keywords"),
    ];
    let entries = entries.into_iter().filter(|&(number, ..)| number > 0);
    let mut narrowed: Vec<String> = entries.map(|(number, one, many)| count(number, one, many)).collect();
    if let &Some(votes) = min_upvotes {
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
        _ if days == WORKDAYS => "Monday to Friday".to_owned(),
        _ => days.iter().map(|&day| day_name(day)).collect::<Vec<_>>().join(", "),
    }
}

fn days_in_words_or(days: &[Weekday]) -> String {
    match days {
        _ if days.len() == 7 => "day".to_owned(),
        _ if days == WORKDAYS => "workday".to_owned(),
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
    use crate::subscriptions::settings::SettingsInput;

    #[test]
    fn the_summary_describes_the_settings() {
        let words = |cadence, weekdays: &[Weekday], max_papers| {
            let input =
                SettingsInput { cadence, weekdays: weekdays.to_vec(), max_papers, ..Default::default() };
            in_words(&input.check().unwrap())
        };
        assert_eq!(
            words(Cadence::Daily, WORKDAYS, 10),
            "a daily digest, Monday to Friday at 08:00 (UTC), with at most 10 papers"
        );
        assert_eq!(
            words(Cadence::Weekly, &[Weekday::Wed, Weekday::Fri], 1),
            "a weekly digest, on Wednesdays at 08:00 (UTC), with at most one paper"
        );
        assert_eq!(
            words(Cadence::Monthly, WORKDAYS, 20),
            "a monthly digest, on the first workday of the month at 08:00 (UTC), with at most 20 papers"
        );
    }

    #[test]
    fn the_summary_counts_filter_entries_without_quoting_them() {
        let filter = TopicFilter {
            keywords: vec!["buy now".to_owned(), "b".to_owned()],
            exclude_categories: vec!["cs.CV".to_owned()],
            min_upvotes: Some(1),
            ..TopicFilter::default()
        };
        let input = SettingsInput { filter, ..SettingsInput::default() };
        let choices = choices(&input.check().unwrap());
        let filter = choices.iter().find(|(name, _)| *name == "Filter").unwrap();
        assert_eq!(filter.1, "2 keywords, 1 excluded category, 1 vote or more");
        assert_eq!(choices[1].1, "Monday to Friday at 08:00 (UTC)");
    }
}
