//! Submitted forms and the fields of a subscription.

use std::collections::HashMap;

use chrono::Weekday;
use domain::editions::{cadence_word, parse_cadence};
use domain::entity::enums::Cadence;
use domain::entity::json::{DigestFilter, SubscriptionSettings};
use domain::subscriptions::settings::{SettingsInput, weekdays};
use domain::zones;

/// Fields that may come more than once.
const LISTS: [&str; 7] = [
    "weekday",
    "categories",
    "keywords",
    "authors",
    "organizations",
    "exclude-categories",
    "exclude-keywords",
];

/// The fields of a form; a name may come more than once.
#[derive(Debug, Default)]
pub(crate) struct Form(HashMap<String, Vec<String>>);

impl Form {
    /// Reads `application/x-www-form-urlencoded`, in a body or behind a question mark.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut fields: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(bytes) {
            // Postgres takes no NUL in a text, so none comes in.
            fields.entry(name.into_owned()).or_default().push(value.replace('\0', ""));
        }
        Self(fields)
    }

    /// The first value of a field that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.first().map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A repeated field that is not a list.
    pub(crate) fn repeated(&self) -> Option<&str> {
        let repeated =
            self.0.iter().filter(|(name, values)| values.len() > 1 && !LISTS.contains(&name.as_str()));
        repeated.map(|(name, _)| name.as_str()).min()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flatten().map(String::as_str)
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The settings that the form asks for, and what of it cannot be read; what it does not have is as
    /// `otherwise` says.
    pub(crate) fn settings(&self, otherwise: &SettingsInput) -> (SettingsInput, Vec<String>) {
        let mut problems = Vec::new();
        let list = |name: &str, otherwise: &Vec<String>| match self.0.get(name) {
            Some(_) => {
                self.all(name).flat_map(|text| text.split(',')).map(|text| text.trim().to_owned()).collect()
            }
            None => otherwise.clone(),
        };
        let mut number = |name: &str, what: &str| {
            let text = self.get(name)?;
            let number = text.trim().parse().ok();
            if number.is_none() {
                problems.push(format!("{what} must be a number, not {:?}.", clip(text)));
            }
            number
        };
        let max_papers = number("max-papers", "The maximum number of papers").unwrap_or(otherwise.max_papers);
        let filter = &otherwise.filter;
        let min_upvotes = if self.has("min-upvotes") {
            number("min-upvotes", "The minimum number of votes")
        } else {
            filter.min_upvotes
        };
        let cadence = self.get("cadence").map(|text| {
            parse_cadence(text).unwrap_or_else(|| {
                problems.push(format!("A digest is daily, weekly or monthly, not {:?}.", clip(text)));
                otherwise.cadence
            })
        });
        // A box that is not ticked is not sent; the hidden field tells that there were boxes.
        let mut days = otherwise.weekdays.clone();
        if self.has("has-weekdays") || self.has("weekday") {
            days.clear();
            for text in self.all("weekday") {
                match text.parse::<Weekday>() {
                    Ok(day) => days.push(day),
                    Err(_) => problems.push(format!("{:?} is not a weekday.", clip(text))),
                }
            }
        }
        let settings = SettingsInput {
            cadence: cadence.unwrap_or(otherwise.cadence),
            time_zone: self.get("time-zone").unwrap_or(&otherwise.time_zone).to_owned(),
            send_time: self.get("send-time").unwrap_or(&otherwise.send_time).to_owned(),
            weekdays: days,
            max_papers,
            filter: DigestFilter {
                categories: list("categories", &filter.categories),
                keywords: list("keywords", &filter.keywords),
                authors: list("authors", &filter.authors),
                organizations: list("organizations", &filter.organizations),
                exclude_categories: list("exclude-categories", &filter.exclude_categories),
                exclude_keywords: list("exclude-keywords", &filter.exclude_keywords),
                min_upvotes,
            },
        };
        (settings, problems)
    }
}

/// Input of a user, shortened for error messages.
pub(crate) fn clip(text: &str) -> String {
    text.chars().take(60).collect()
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
    pub(crate) keywords: String,
    pub(crate) categories: String,
    pub(crate) exclude_keywords: String,
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
            keywords: settings.filter.keywords.join(", "),
            categories: settings.filter.categories.join(", "),
            exclude_keywords: settings.filter.exclude_keywords.join(", "),
        }
    }
}

/// Stored settings as they would be typed.
pub(crate) fn typed(settings: &SubscriptionSettings) -> SettingsInput {
    SettingsInput {
        cadence: settings.cadence,
        time_zone: settings.time_zone.clone(),
        send_time: settings.send_time.clone(),
        weekdays: weekdays(settings.weekdays),
        max_papers: settings.max_papers,
        filter: settings.filter.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_form_fields_keep_their_value() {
        let form = Form::read(b"email=a%40b&time-zone=Europe%2FParis");
        let (settings, problems) = form.settings(&SettingsInput::default());
        assert!(problems.is_empty());
        assert_eq!(settings.time_zone, "Europe/Paris");
        assert_eq!(settings, SettingsInput { time_zone: "Europe/Paris".to_owned(), ..Default::default() });
    }

    #[test]
    fn checkboxes_and_lists_are_read() {
        let form = Form::read(b"has-weekdays=1&weekday=Sat&weekday=Sun&keywords=a%2C+b&cadence=weekly");
        let (settings, problems) = form.settings(&SettingsInput::default());
        assert!(problems.is_empty());
        assert_eq!(settings.weekdays, [Weekday::Sat, Weekday::Sun]);
        assert_eq!(settings.filter.keywords, ["a", "b"]);
        assert_eq!(settings.cadence, Cadence::Weekly);
        assert_eq!(settings.max_papers, 10);
        let (none, _) = Form::read(b"has-weekdays=1").settings(&SettingsInput::default());
        assert!(none.weekdays.is_empty());
    }

    #[test]
    fn only_lists_may_be_repeated() {
        let repeated = |body: &[u8]| Form::read(body).repeated().map(ToOwned::to_owned);
        assert_eq!(repeated(b"weekday=Mon&weekday=Tue&keywords=a&keywords=b&email=a"), None);
        assert_eq!(repeated(b"email=a&weekday=Mon&email=b").as_deref(), Some("email"));
    }

    #[test]
    fn unreadable_values_are_reported() {
        let form = Form::read(b"max-papers=abc&cadence=hourly&min-upvotes=xx&weekday=Foo");
        let (_, problems) = form.settings(&SettingsInput::default());
        assert_eq!(problems.len(), 4, "{problems:?}");
    }
}
