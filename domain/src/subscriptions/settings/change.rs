//! A change of settings, and its merge with the settings as they are.

use chrono::{NaiveDate, Weekday};
use entity::enums::Cadence;
use entity::topic_filter::TopicFilter;

use super::input::SettingsInput;

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
    /// 1 to [`super::MAX_PAPERS`].
    pub max_papers: Option<i32>,
    /// The filter of the digest; `Some` of the default clears it.
    pub filter: Option<TopicFilter>,
    /// No digest before this day; `Some(None)` ends a pause.
    pub paused_until: Option<Option<NaiveDate>>,
}

impl SettingsChange {
    /// A change of all settings.
    #[must_use]
    pub fn of_all(settings: SettingsInput, paused_until: Option<NaiveDate>) -> Self {
        let SettingsInput { cadence, time_zone, send_time, weekdays, max_papers, filter } = settings;
        Self {
            cadence: Some(cadence),
            time_zone: Some(time_zone),
            send_time: Some(send_time),
            weekdays: Some(weekdays),
            max_papers: Some(max_papers),
            filter: Some(filter),
            paused_until: Some(paused_until),
        }
    }

    /// The settings after the change, and the end of the pause if it changes.
    #[must_use]
    pub fn merge(self, settings: SettingsInput) -> (SettingsInput, Option<Option<NaiveDate>>) {
        let Self { cadence, time_zone, send_time, weekdays, max_papers, filter, paused_until } = self;
        let merged = SettingsInput {
            cadence: cadence.unwrap_or(settings.cadence),
            time_zone: time_zone.unwrap_or(settings.time_zone),
            send_time: send_time.unwrap_or(settings.send_time),
            weekdays: weekdays.unwrap_or(settings.weekdays),
            max_papers: max_papers.unwrap_or(settings.max_papers),
            filter: filter.unwrap_or(settings.filter),
        };
        (merged, paused_until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_all_settings_leaves_nothing_as_it_was() {
        let wanted = SettingsInput {
            cadence: Cadence::Weekly,
            time_zone: "Asia/Tokyo".to_owned(),
            send_time: "20:00".to_owned(),
            weekdays: vec![Weekday::Sat],
            max_papers: 5,
            filter: TopicFilter { min_upvotes: Some(3), ..TopicFilter::default() },
        };
        let change = SettingsChange::of_all(wanted.clone(), None);
        assert_eq!(change.merge(SettingsInput::default()), (wanted, Some(None)));
    }

    #[test]
    fn absent_fields_stay() {
        let settings = SettingsInput { max_papers: 7, ..SettingsInput::default() };
        assert_eq!(SettingsChange::default().merge(settings.clone()), (settings.clone(), None));
        let change = SettingsChange { send_time: Some("09:00".to_owned()), ..SettingsChange::default() };
        let merged = SettingsInput { send_time: "09:00".to_owned(), ..settings.clone() };
        assert_eq!(change.merge(settings), (merged, None));
    }
}
