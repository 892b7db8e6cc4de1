//! The filter of a digest in the cells of a CSV line.
//!
//! Always: reading gives what was written.

use entity::topic_filter::TopicFilter;

use crate::subscriptions::csv::cell;
use crate::subscriptions::csv::columns::Field;
use crate::subscriptions::csv::line::Line;

/// The filter that a line asks for.
pub(crate) fn read(line: &Line, problems: &mut Vec<String>) -> TopicFilter {
    let list = |field| cell::split(line.get(field));
    TopicFilter {
        categories: list(Field::Categories),
        keywords: list(Field::Keywords),
        authors: list(Field::Authors),
        organizations: list(Field::Organizations),
        exclude_categories: list(Field::ExcludeCategories),
        exclude_keywords: list(Field::ExcludeKeywords),
        min_upvotes: line.number(Field::MinUpvotes, problems),
    }
}

/// Writes a filter into its cells.
pub(crate) fn write(filter: &TopicFilter, line: &mut Line) {
    let TopicFilter {
        categories,
        keywords,
        authors,
        organizations,
        exclude_categories,
        exclude_keywords,
        min_upvotes,
    } = filter;
    line.set(Field::Categories, cell::join(categories));
    line.set(Field::Keywords, cell::join(keywords));
    line.set(Field::Authors, cell::join(authors));
    line.set(Field::Organizations, cell::join(organizations));
    line.set(Field::ExcludeCategories, cell::join(exclude_categories));
    line.set(Field::ExcludeKeywords, cell::join(exclude_keywords));
    line.set(Field::MinUpvotes, min_upvotes.map(|votes| votes.to_string()).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    /// More lists than the filter has fields.
    const MANY: usize = 30;

    proptest! {
        #[test]
        fn any_filter_round_trips(
            lists in prop::collection::vec(prop::collection::vec("[a-z\\\\;'=]{1,8}", 0..4), MANY),
            votes in prop::option::of(any::<i32>()),
        ) {
            // Every field that the filter has, as it is stored, so that none can be forgotten here.
            let Value::Object(fields) = json!(TopicFilter::default()) else { unreachable!() };
            let fields: Map<String, Value> = fields
                .into_iter()
                .zip(lists)
                .map(|((name, empty), list)| (name, if empty.is_array() { json!(list) } else { json!(votes) }))
                .collect();
            let filter: TopicFilter = serde_json::from_value(Value::Object(fields)).unwrap();
            let (mut line, mut problems) = (Line::default(), Vec::new());
            write(&filter, &mut line);
            prop_assert_eq!(read(&line, &mut problems), filter);
            prop_assert!(problems.is_empty());
        }
    }
}
