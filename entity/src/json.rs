//! Values that a column holds as JSON.

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::enums::Cadence;

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

/// What a digest is narrowed to. Every field narrows, an empty one does not; lists are any-of, but for
/// those named `exclude_…`, which drop a paper on any match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default, rename_all = "camelCase")]
pub struct DigestFilter {
    /// arXiv category codes.
    pub categories: Vec<String>,
    /// Words or phrases.
    pub keywords: Vec<String>,
    /// Author names.
    pub authors: Vec<String>,
    /// Organization slugs or names.
    pub organizations: Vec<String>,
    /// arXiv category codes that drop a paper.
    pub exclude_categories: Vec<String>,
    /// Words or phrases that drop a paper.
    pub exclude_keywords: Vec<String>,
    /// At least so many votes.
    pub min_upvotes: Option<i32>,
}

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
    /// What the digest is narrowed to.
    pub filter: DigestFilter,
}
