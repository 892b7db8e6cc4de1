//! A CSV line: its conversion from and to a subscription, and its mistakes.

use chrono::Weekday;
use entity::enums::{Cadence, SubscriptionStatus};
use entity::json::{DigestFilter, SubscriptionSettings};
use entity::subscription;
use smtp::Address;

use crate::editions::{cadence_word, parse_cadence};
use crate::subscriptions::confirm;
use crate::subscriptions::csv::cell;
use crate::subscriptions::csv::columns::Field;
use crate::subscriptions::settings::{SettingsInput, weekdays};

/// The cells of one line, by column; empty if the file has no such column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line([String; Field::ALL.len()]);

/// Someone who is to be subscribed.
pub(crate) struct Entry {
    pub(crate) address: Address,
    pub(crate) settings: SubscriptionSettings,
    pub(crate) input: SettingsInput,
}

impl Line {
    pub(crate) fn get(&self, field: Field) -> &str {
        &self.0[field as usize]
    }

    pub(crate) fn set(&mut self, field: Field, value: impl Into<String>) {
        self.0[field as usize] = value.into();
    }

    /// The cells in the order of [`Field::ALL`], as they are written.
    pub(crate) fn cells(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|value| cell::escape(value))
    }

    /// The subscription that it asks for, or all that is wrong with it.
    pub(crate) fn entry(&self) -> Result<Entry, Vec<String>> {
        let mut problems = Vec::new();
        let address = match Address::read(self.get(Field::Email)) {
            Ok(address) => Some(address),
            Err(problem) => {
                let typed = clip(self.get(Field::Email));
                problems.push(format!("{typed:?} is not a valid e-mail address. {problem}"));
                None
            }
        };
        let input = self.settings(&mut problems);
        let settings = input.check();
        if let Err(wrong) = &settings {
            problems.extend(wrong.iter().map(|wrong| wrong.message.clone()));
        }
        match (address, settings) {
            (Some(address), Ok(settings)) if problems.is_empty() => Ok(Entry { address, settings, input }),
            _ => Err(problems),
        }
    }

    fn settings(&self, problems: &mut Vec<String>) -> SettingsInput {
        let usual = SettingsInput::default();
        let given = |field, usual: String| {
            let text = self.get(field);
            if text.is_empty() { usual } else { text.to_owned() }
        };
        let list = |field| cell::split(self.get(field));
        let cadence = match self.get(Field::Cadence).to_lowercase().as_str() {
            "" => Some(usual.cadence),
            word => parse_cadence(word),
        };
        if cadence.is_none() {
            let cadence = clip(self.get(Field::Cadence));
            problems.push(format!("cadence {cadence:?} is not daily, weekly or monthly"));
        }
        let mut days = Vec::new();
        for day in list(Field::Weekdays) {
            match day.parse::<Weekday>() {
                Ok(day) => days.push(day),
                Err(_) => problems.push(format!("{:?} is not a weekday", clip(&day))),
            }
        }
        let mut number = |field: Field| {
            let text = self.get(field);
            let number = text.parse::<i32>().ok();
            if number.is_none() && !text.is_empty() {
                problems.push(format!("{} {:?} is not a number", field.name(), clip(text)));
            }
            number
        };
        let max_papers = number(Field::MaxPapers).unwrap_or(usual.max_papers);
        let min_upvotes = number(Field::MinUpvotes);
        SettingsInput {
            cadence: cadence.unwrap_or(Cadence::Daily),
            time_zone: given(Field::TimeZone, usual.time_zone),
            send_time: given(Field::SendTime, usual.send_time),
            weekdays: if days.is_empty() { usual.weekdays } else { days },
            max_papers,
            filter: DigestFilter {
                categories: list(Field::Categories),
                keywords: list(Field::Keywords),
                authors: list(Field::Authors),
                organizations: list(Field::Organizations),
                exclude_categories: list(Field::ExcludeCategories),
                exclude_keywords: list(Field::ExcludeKeywords),
                min_upvotes,
            },
        }
    }
}

/// The content of a cell, shortened for error messages.
fn clip(text: &str) -> String {
    text.chars().take(60).collect()
}

/// The line of a subscription.
pub(crate) fn line(row: &subscription::Model) -> Line {
    let settings = confirm::current(row);
    let filter = settings.filter;
    let status = match row.status {
        SubscriptionStatus::Pending => "PENDING",
        SubscriptionStatus::Active => "ACTIVE",
        SubscriptionStatus::Unsubscribed => "UNSUBSCRIBED",
        SubscriptionStatus::Suppressed => "SUPPRESSED",
    };
    let days = weekdays(settings.weekdays).iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut line = Line::default();
    for (field, value) in [
        (Field::Email, row.email.clone()),
        (Field::Status, status.to_owned()),
        (Field::Cadence, cadence_word(settings.cadence).to_owned()),
        (Field::TimeZone, settings.time_zone),
        (Field::SendTime, settings.send_time),
        (Field::Weekdays, cell::join(&days)),
        (Field::MaxPapers, settings.max_papers.to_string()),
        (Field::Categories, cell::join(&filter.categories)),
        (Field::Keywords, cell::join(&filter.keywords)),
        (Field::Authors, cell::join(&filter.authors)),
        (Field::Organizations, cell::join(&filter.organizations)),
        (Field::ExcludeCategories, cell::join(&filter.exclude_categories)),
        (Field::ExcludeKeywords, cell::join(&filter.exclude_keywords)),
        (Field::MinUpvotes, filter.min_upvotes.map(|votes| votes.to_string()).unwrap_or_default()),
    ] {
        line.set(field, value);
    }
    line
}
