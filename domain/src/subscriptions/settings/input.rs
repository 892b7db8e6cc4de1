//! Settings as somebody typed them.

use chrono::Weekday;
use entity::enums::Cadence;
use entity::json::SubscriptionSettings;
use entity::topic_filter::TopicFilter;

use super::weekdays::{WORKDAYS, weekdays};

/// The maximum number of papers in a digest.
pub const MAX_PAPERS: i32 = 50;

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
    pub filter: TopicFilter,
}

impl Default for SettingsInput {
    /// Every workday at 08:00 UTC, at most ten papers, unfiltered.
    fn default() -> Self {
        Self {
            cadence: Cadence::Daily,
            time_zone: "UTC".to_owned(),
            send_time: "08:00".to_owned(),
            weekdays: WORKDAYS.to_vec(),
            max_papers: 10,
            filter: TopicFilter::default(),
        }
    }
}

impl From<SubscriptionSettings> for SettingsInput {
    /// Stored settings as they would be typed.
    fn from(settings: SubscriptionSettings) -> Self {
        let SubscriptionSettings { cadence, time_zone, send_time, weekdays: days, max_papers, filter } =
            settings;
        Self { cadence, time_zone, send_time, weekdays: weekdays(days), max_papers, filter }
    }
}
