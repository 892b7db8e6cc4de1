//! The filter by topic in the contract: what a digest has, and what is typed for a digest or a list of papers.

use async_graphql::{InputObject, Result, SimpleObject};
use domain::entity::topic_filter::TopicFilter;
use domain::papers::filter::check::FilterLimits;
use graphql_server::ErrorCode;

/// The filter of a digest; see `DigestFilterInput`.
#[derive(Clone, Debug, SimpleObject)]
pub struct DigestFilter {
    /// Category codes.
    categories: Vec<String>,
    /// Words or phrases.
    keywords: Vec<String>,
    /// Author names.
    authors: Vec<String>,
    /// Organization slugs or names.
    organizations: Vec<String>,
    /// Category codes that exclude a paper.
    exclude_categories: Vec<String>,
    /// Words or phrases that exclude a paper.
    exclude_keywords: Vec<String>,
    /// The minimum number of votes.
    min_upvotes: Option<i32>,
}

impl From<TopicFilter> for DigestFilter {
    fn from(filter: TopicFilter) -> Self {
        let TopicFilter {
            categories,
            keywords,
            authors,
            organizations,
            exclude_categories,
            exclude_keywords,
            min_upvotes,
        } = filter;
        Self {
            categories,
            keywords,
            authors,
            organizations,
            exclude_categories,
            exclude_keywords,
            min_upvotes,
        }
    }
}

/// The part of `PaperFilter` that applies to digests, with the same meaning. A list can have at most 50 entries of at
/// most 100 characters.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DigestFilterInput {
    /// Category codes: cs.CL.
    categories: Option<Vec<String>>,
    /// Whole words or phrases in the displayed title, abstract or keywords, in any case and with or without accents.
    keywords: Option<Vec<String>>,
    /// Author names, in any case and with or without accents.
    authors: Option<Vec<String>>,
    /// Organization slugs or names, in any case.
    organizations: Option<Vec<String>>,
    /// Category codes that exclude a paper.
    exclude_categories: Option<Vec<String>>,
    /// Words or phrases that exclude a paper.
    exclude_keywords: Option<Vec<String>>,
    /// The minimum number of votes, local and reported.
    min_upvotes: Option<i32>,
}

impl From<DigestFilterInput> for TopicFilter {
    fn from(input: DigestFilterInput) -> Self {
        let DigestFilterInput {
            categories,
            keywords,
            authors,
            organizations,
            exclude_categories,
            exclude_keywords,
            min_upvotes,
        } = input;
        Self {
            categories: categories.unwrap_or_default(),
            keywords: keywords.unwrap_or_default(),
            authors: authors.unwrap_or_default(),
            organizations: organizations.unwrap_or_default(),
            exclude_categories: exclude_categories.unwrap_or_default(),
            exclude_keywords: exclude_keywords.unwrap_or_default(),
            min_upvotes,
        }
    }
}

/// The filter of a query in the form that the domain compares. `prefix` stands in front of the names of its fields.
///
/// # Errors
/// `BAD_REQUEST` with every problem.
pub fn checked(prefix: &str, filter: &TopicFilter) -> Result<TopicFilter> {
    FilterLimits::QUERY.check(filter).map_err(|problems| {
        let sentences = problems
            .iter()
            .map(|problem| format!("{prefix}{}: {}", problem.field.join("."), problem.message));
        ErrorCode::BadRequest.error(sentences.collect::<Vec<_>>().join(" "))
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::InputType as _;
    use async_graphql::Value;
    use serde_json::{Map, Value as Json, json};

    use super::*;
    use crate::contract::schema::sdl;

    /// A filter of which every field has a value of its own, as the table stores it.
    fn full() -> Json {
        let Json::Object(fields) = json!(TopicFilter::default()) else { unreachable!() };
        let value = |(name, empty): (String, Json)| {
            let value = if empty.is_array() { json!([format!("cs.{name}")]) } else { json!(name.len()) };
            (name, value)
        };
        Json::Object(fields.into_iter().map(value).collect::<Map<_, _>>())
    }

    #[test]
    fn every_field_of_the_filter_is_typed_and_read() {
        let stored = full();
        let filter: TopicFilter = serde_json::from_value(stored.clone()).unwrap();
        let value = Value::from_json(stored).unwrap();
        let typed = DigestFilterInput::parse(Some(value)).map_err(|_| "a field is not typed").unwrap();
        assert_eq!(TopicFilter::from(typed), filter);
        let DigestFilter {
            categories,
            keywords,
            authors,
            organizations,
            exclude_categories,
            exclude_keywords,
            min_upvotes,
        } = filter.clone().into();
        let shown = TopicFilter {
            categories,
            keywords,
            authors,
            organizations,
            exclude_categories,
            exclude_keywords,
            min_upvotes,
        };
        assert_eq!(shown, filter);
    }

    #[test]
    fn the_schema_states_the_limits() {
        let schema = sdl().split_whitespace().collect::<Vec<_>>().join(" ");
        for FilterLimits { entries, characters } in [FilterLimits::DIGEST, FilterLimits::QUERY] {
            let limits =
                format!("A list can have at most {entries} entries of at most {characters} characters.");
            assert!(schema.contains(&limits), "{limits}");
        }
    }

    #[test]
    fn a_query_names_every_problem() {
        let FilterLimits { entries, characters } = FilterLimits::QUERY;
        let filter = TopicFilter {
            keywords: vec!["x".repeat(characters + 1)],
            authors: vec!["a".to_owned(); entries + 1],
            ..TopicFilter::default()
        };
        let error = checked("filter.", &filter).unwrap_err();
        assert_eq!(
            error.message,
            format!(
                "filter.keywords: An entry can have at most {characters} characters. filter.authors: There can be at most {entries} entries."
            )
        );
    }
}
