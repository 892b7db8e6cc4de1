//! The filter of a digest in the fields of a form. A list is a field whose entries stand between commas.

use domain::entity::topic_filter::TopicFilter;

use crate::pages::form::Form;

const CATEGORIES: &str = "categories";
const KEYWORDS: &str = "keywords";
const AUTHORS: &str = "authors";
const ORGANIZATIONS: &str = "organizations";
const EXCLUDE_CATEGORIES: &str = "exclude-categories";
const EXCLUDE_KEYWORDS: &str = "exclude-keywords";
const MIN_UPVOTES: &str = "min-upvotes";

/// The fields that may come more than once.
pub(crate) const LISTS: [&str; 6] =
    [CATEGORIES, KEYWORDS, AUTHORS, ORGANIZATIONS, EXCLUDE_CATEGORIES, EXCLUDE_KEYWORDS];

/// The filter that a form asks for; what the form does not have is as `otherwise` says.
pub(crate) fn read(form: &Form, otherwise: &TopicFilter, problems: &mut Vec<String>) -> TopicFilter {
    let list = |name: &str, otherwise: &[String]| {
        if !form.has(name) {
            return otherwise.to_vec();
        }
        form.all(name).flat_map(|text| text.split(',')).map(|text| text.trim().to_owned()).collect()
    };
    let TopicFilter {
        categories,
        keywords,
        authors,
        organizations,
        exclude_categories,
        exclude_keywords,
        min_upvotes,
    } = otherwise;
    TopicFilter {
        categories: list(CATEGORIES, categories),
        keywords: list(KEYWORDS, keywords),
        authors: list(AUTHORS, authors),
        organizations: list(ORGANIZATIONS, organizations),
        exclude_categories: list(EXCLUDE_CATEGORIES, exclude_categories),
        exclude_keywords: list(EXCLUDE_KEYWORDS, exclude_keywords),
        min_upvotes: if form.has(MIN_UPVOTES) {
            form.number(MIN_UPVOTES, "The minimum number of votes", problems)
        } else {
            *min_upvotes
        },
    }
}

/// The fields as a page shows them. Those that it does not show stay as they are.
pub(crate) struct TopicFields {
    pub(crate) keywords: String,
    pub(crate) categories: String,
    pub(crate) exclude_keywords: String,
}

impl TopicFields {
    pub(crate) fn new(filter: &TopicFilter) -> Self {
        let TopicFilter {
            categories,
            keywords,
            exclude_keywords,
            authors: _,
            organizations: _,
            exclude_categories: _,
            min_upvotes: _,
        } = filter;
        Self {
            keywords: keywords.join(", "),
            categories: categories.join(", "),
            exclude_keywords: exclude_keywords.join(", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};
    use url::form_urlencoded::Serializer;

    use super::*;

    /// A filter of which every field has a value of its own, as the table stores it.
    fn full() -> Map<String, Value> {
        let Value::Object(fields) = json!(TopicFilter::default()) else { unreachable!() };
        let value = |(name, empty): (String, Value)| {
            let value = if empty.is_array() { json!([name, "b"]) } else { json!(name.len()) };
            (name, value)
        };
        fields.into_iter().map(value).collect()
    }

    /// The name of a field in a form: minUpvotes is min-upvotes.
    fn kebab(name: &str) -> String {
        name.chars()
            .flat_map(|c| c.is_uppercase().then_some('-').into_iter().chain([c.to_ascii_lowercase()]))
            .collect()
    }

    #[test]
    fn every_field_of_the_filter_is_read() {
        let stored = full();
        let mut body = Serializer::new(String::new());
        for (name, value) in &stored {
            let text = match value {
                Value::Array(entries) => {
                    entries.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
                }
                number => number.to_string(),
            };
            body.append_pair(&kebab(name), &text);
        }
        let filter: TopicFilter = serde_json::from_value(Value::Object(stored)).unwrap();
        let mut problems = Vec::new();
        let form = Form::read(body.finish().as_bytes());
        assert_eq!(read(&form, &TopicFilter::default(), &mut problems), filter);
        assert_eq!(read(&Form::default(), &filter, &mut problems), filter);
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn an_empty_field_clears_the_filter() {
        let filter =
            TopicFilter { keywords: vec!["a".to_owned()], min_upvotes: Some(3), ..TopicFilter::default() };
        let form = Form::read(b"keywords=&min-upvotes=");
        let read = read(&form, &filter, &mut Vec::new());
        assert_eq!(read.min_upvotes, None);
        assert!(read.keywords.iter().all(String::is_empty));
    }
}
