//! One line of the file: how it is read, what is wrong with it, how it is written.

use std::io::Read;

use chrono::Weekday;
use entity::enums::{Cadence, SubscriptionStatus};
use entity::json::{DigestFilter, SubscriptionSettings};
use entity::subscription;
use serde::{Deserialize, Serialize};

use crate::editions::{cadence_word, parse_cadence};
use crate::mail::address::Address;
use crate::subscriptions::confirm;
use crate::subscriptions::settings::{SettingsInput, weekdays};

use super::Summary;

/// The names of the columns, in the order of [`Line`].
pub(super) const COLUMNS: [&str; 14] = [
    "email",
    "status",
    "cadence",
    "time_zone",
    "send_time",
    "weekdays",
    "max_papers",
    "categories",
    "keywords",
    "authors",
    "organizations",
    "exclude_categories",
    "exclude_keywords",
    "min_upvotes",
];

/// One line.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Line {
    email: String,
    /// Of an export; what has left is not imported.
    status: String,
    /// daily, weekly or monthly.
    cadence: String,
    time_zone: String,
    send_time: String,
    /// Mon;Tue;…
    weekdays: String,
    max_papers: String,
    categories: String,
    keywords: String,
    authors: String,
    organizations: String,
    exclude_categories: String,
    exclude_keywords: String,
    min_upvotes: String,
}

/// Someone who is to be subscribed.
pub(super) struct Entry {
    pub(super) address: Address,
    pub(super) settings: SubscriptionSettings,
    pub(super) input: SettingsInput,
}

/// The entries of a file, or all its mistakes.
pub(super) fn read(file: impl Read) -> std::result::Result<(Vec<Entry>, Summary), Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let headers = reader.headers().cloned().map_err(|error| vec![error.to_string()])?;
    if !headers.iter().any(|name| name == "email") {
        return Err(vec!["line 1: there is no column email".to_owned()]);
    }
    let (mut entries, mut problems, mut summary) = (Vec::new(), Vec::new(), Summary::default());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                problems.push(error.to_string());
                continue;
            }
        };
        let number = record.position().map_or(0, csv::Position::line);
        summary.read += 1;
        match record.deserialize::<Line>(Some(&headers)) {
            Ok(line) if matches!(line.status.as_str(), "UNSUBSCRIBED" | "SUPPRESSED") => {
                summary.left_out += 1;
            }
            Ok(line) => match line.entry() {
                Ok(entry) => entries.push(entry),
                Err(wrong) => problems.extend(wrong.iter().map(|wrong| format!("line {number}: {wrong}"))),
            },
            Err(error) => problems.push(format!("line {number}: {error}")),
        }
    }
    if problems.is_empty() { Ok((entries, summary)) } else { Err(problems) }
}

impl Line {
    fn entry(self) -> std::result::Result<Entry, Vec<String>> {
        let mut problems = Vec::new();
        let usual = SettingsInput::default();
        let given = |text: &str, usual: String| if text.is_empty() { usual } else { text.to_owned() };
        let list = |text: &str| -> Vec<String> {
            text.split(';').map(|entry| entry.trim().to_owned()).filter(|entry| !entry.is_empty()).collect()
        };
        let address = Address::parse(&self.email);
        if address.is_none() {
            problems.push(format!("{:?} is no e-mail address", self.email));
        }
        let cadence = match self.cadence.to_lowercase().as_str() {
            "" => Some(usual.cadence),
            word => parse_cadence(word),
        };
        if cadence.is_none() {
            problems.push(format!("cadence {:?} is not daily, weekly or monthly", self.cadence));
        }
        let mut days = Vec::new();
        for day in list(&self.weekdays) {
            match day.parse::<Weekday>() {
                Ok(day) => days.push(day),
                Err(_) => problems.push(format!("{day:?} is no weekday")),
            }
        }
        let mut number = |name: &str, text: &str| {
            let number = text.parse::<i32>().ok();
            if number.is_none() && !text.is_empty() {
                problems.push(format!("{name} {text:?} is no number"));
            }
            number
        };
        let max_papers = number("max_papers", &self.max_papers).unwrap_or(usual.max_papers);
        let min_upvotes = number("min_upvotes", &self.min_upvotes);
        let input = SettingsInput {
            cadence: cadence.unwrap_or(Cadence::Daily),
            time_zone: given(&self.time_zone, usual.time_zone),
            send_time: given(&self.send_time, usual.send_time),
            weekdays: if days.is_empty() { usual.weekdays } else { days },
            max_papers,
            filter: DigestFilter {
                categories: list(&self.categories),
                keywords: list(&self.keywords),
                authors: list(&self.authors),
                organizations: list(&self.organizations),
                exclude_categories: list(&self.exclude_categories),
                exclude_keywords: list(&self.exclude_keywords),
                min_upvotes,
            },
        };
        let settings = input.check();
        if let Err(wrong) = &settings {
            problems.extend(wrong.iter().map(|wrong| wrong.message.clone()));
        }
        match (address, settings) {
            (Some(address), Ok(settings)) if problems.is_empty() => Ok(Entry { address, settings, input }),
            _ => Err(problems),
        }
    }
}

/// The line of a subscription.
pub(super) fn line(row: &subscription::Model) -> Line {
    let settings = confirm::current(row);
    let filter = settings.filter;
    let status = match row.status {
        SubscriptionStatus::Pending => "PENDING",
        SubscriptionStatus::Active => "ACTIVE",
        SubscriptionStatus::Unsubscribed => "UNSUBSCRIBED",
        SubscriptionStatus::Suppressed => "SUPPRESSED",
    };
    Line {
        email: row.email.clone(),
        status: status.to_owned(),
        cadence: cadence_word(settings.cadence).to_owned(),
        time_zone: settings.time_zone,
        send_time: settings.send_time,
        weekdays: weekdays(settings.weekdays).iter().map(ToString::to_string).collect::<Vec<_>>().join(";"),
        max_papers: settings.max_papers.to_string(),
        categories: filter.categories.join(";"),
        keywords: filter.keywords.join(";"),
        authors: filter.authors.join(";"),
        organizations: filter.organizations.join(";"),
        exclude_categories: filter.exclude_categories.join(";"),
        exclude_keywords: filter.exclude_keywords.join(";"),
        min_upvotes: filter.min_upvotes.map(|votes| votes.to_string()).unwrap_or_default(),
    }
}
