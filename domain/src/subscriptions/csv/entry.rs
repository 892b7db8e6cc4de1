//! A subscription in a CSV line, read with every mistake at once, and written.

use chrono::Weekday;
use entity::enums::Cadence;
use entity::json::SubscriptionSettings;
use entity::subscription;
use sea_orm::ActiveEnum as _;
use smtp::Address;

use crate::editions::{cadence_word, parse_cadence};
use crate::error::clip;
use crate::subscriptions::csv::columns::Field;
use crate::subscriptions::csv::line::Line;
use crate::subscriptions::csv::{cell, filter_cells};
use crate::subscriptions::settings::{SettingsInput, current, weekdays};

/// Someone who is to be subscribed.
pub(crate) struct Entry {
    pub(crate) address: Address,
    pub(crate) settings: SubscriptionSettings,
    pub(crate) input: SettingsInput,
}

/// The subscription that a line asks for, or all that is wrong with it.
pub(crate) fn entry(line: &Line) -> Result<Entry, Vec<String>> {
    let mut problems = Vec::new();
    let address = match Address::read(line.get(Field::Email)) {
        Ok(address) => Some(address),
        Err(problem) => {
            let typed = clip(line.get(Field::Email));
            problems.push(format!("{typed:?} is not a valid e-mail address. {problem}"));
            None
        }
    };
    let input = settings(line, &mut problems);
    let settings = input.check();
    if let Err(wrong) = &settings {
        problems.extend(wrong.iter().map(|wrong| wrong.message.clone()));
    }
    match (address, settings) {
        (Some(address), Ok(settings)) if problems.is_empty() => Ok(Entry { address, settings, input }),
        _ => Err(problems),
    }
}

fn settings(line: &Line, problems: &mut Vec<String>) -> SettingsInput {
    let usual = SettingsInput::default();
    let given = |field, usual: String| {
        let text = line.get(field);
        if text.is_empty() { usual } else { text.to_owned() }
    };
    let cadence = match line.get(Field::Cadence).to_lowercase().as_str() {
        "" => Some(usual.cadence),
        word => parse_cadence(word),
    };
    if cadence.is_none() {
        let cadence = clip(line.get(Field::Cadence));
        problems.push(format!("cadence {cadence:?} is not daily, weekly or monthly"));
    }
    let mut days = Vec::new();
    for day in cell::split(line.get(Field::Weekdays)) {
        match day.parse::<Weekday>() {
            Ok(day) => days.push(day),
            Err(_) => problems.push(format!("{:?} is not a weekday", clip(&day))),
        }
    }
    let max_papers = line.number(Field::MaxPapers, problems).unwrap_or(usual.max_papers);
    SettingsInput {
        cadence: cadence.unwrap_or(Cadence::Daily),
        time_zone: given(Field::TimeZone, usual.time_zone),
        send_time: given(Field::SendTime, usual.send_time),
        weekdays: if days.is_empty() { usual.weekdays } else { days },
        max_papers,
        filter: filter_cells::read(line, problems),
    }
}

/// The line of a subscription.
pub(crate) fn line(row: &subscription::Model) -> Line {
    let SubscriptionSettings { cadence, time_zone, send_time, weekdays: days, max_papers, filter } =
        current(row);
    let days = weekdays(days).iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut line = Line::default();
    for (field, value) in [
        (Field::Email, row.email.clone()),
        (Field::Status, row.status.to_value()),
        (Field::Cadence, cadence_word(cadence).to_owned()),
        (Field::TimeZone, time_zone),
        (Field::SendTime, send_time),
        (Field::Weekdays, cell::join(&days)),
        (Field::MaxPapers, max_papers.to_string()),
    ] {
        line.set(field, value);
    }
    filter_cells::write(&filter, &mut line);
    line
}
