//! Values that a column holds as JSON.

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::enums::Cadence;
use crate::topic_filter::TopicFilter;

/// Strings in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct StringList(pub Vec<String>);

/// Someone at the source of a paper.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Name as shown.
    pub name: String,
    /// Name of the account.
    pub handle: String,
    /// Where the picture is.
    pub avatar_url: Option<String>,
}

/// People in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct People(pub Vec<Person>);

/// Paper row ids in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct PaperIds(pub Vec<i64>);

/// The settings of a subscription, as a request asked for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionSettings {
    /// How often.
    pub cadence: Cadence,
    /// IANA time zone name.
    pub time_zone: String,
    /// Wall-clock time in the zone, HH:MM.
    pub send_time: String,
    /// Allowed weekdays: bit 0 is Monday.
    pub weekdays: i32,
    /// At most so many papers.
    pub max_papers: i32,
    /// The filter of the digest.
    pub filter: TopicFilter,
}
