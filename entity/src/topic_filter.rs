//! The filter by topic, which digests and lists of papers share.
//!
//! The only list of the fields by which a reader chooses papers. The table has it as JSON; SQL, GraphQL, forms and CSV
//! convert it in one place each, by a pattern that names every field.
//!
//! Always: a field that is added here is carried everywhere, or something does not compile.

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

/// A filter by topic. All fields must match, and an empty one matches every paper. A list matches if any of its entries
/// does; the lists named `exclude_…` exclude a paper if any of their entries matches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default, rename_all = "camelCase")]
pub struct TopicFilter {
    /// Codes of arXiv categories.
    pub categories: Vec<String>,
    /// Words or phrases.
    pub keywords: Vec<String>,
    /// Author names.
    pub authors: Vec<String>,
    /// Organization slugs or names.
    pub organizations: Vec<String>,
    /// Codes of arXiv categories that exclude a paper.
    pub exclude_categories: Vec<String>,
    /// Words or phrases that exclude a paper.
    pub exclude_keywords: Vec<String>,
    /// The minimum number of votes, local and reported.
    pub min_upvotes: Option<i32>,
}
