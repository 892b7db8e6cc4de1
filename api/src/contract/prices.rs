//! The prices of the contract's operations, in points.
//!
//! A filter costs a point for each entry, of a phrase for each of its words: each is a look-up of its own, and a list
//! of papers is read by all of them at once.

use async_graphql_value::ConstValue;
use graphql_server::PriceList;

use super::cursor::MAX_PAGE;

/// The price list.
pub const PRICES: PriceList = PriceList {
    max_operation: 1_000,
    refusal: 5,
    mutation: 10,
    connection: 2,
    default_page: 20,
    max_page: MAX_PAGE,
    list: 20,
    values: &[],
    arguments: &[("filter", filter_price)],
    lengths: &["ids"],
    // A search reads the index, and may make a vector: about 25 ms of a core.
    work: &[("search", 20), ("facets", 10), ("related", 10), ("suggest", 3)],
};

/// The points of a filter.
fn filter_price(filter: &ConstValue) -> u64 {
    let ConstValue::Object(fields) = filter else { return 0 };
    fields.iter().fold(0, |sum, (name, field)| match field {
        ConstValue::List(entries) => entries.iter().fold(sum, |sum, entry| sum.saturating_add(words(entry))),
        // A list may be given as its only entry.
        ConstValue::String(_) if name.ends_with('s') => sum.saturating_add(words(field)),
        _ => sum,
    })
}

/// The words of an entry, one at least.
fn words(entry: &ConstValue) -> u64 {
    let ConstValue::String(entry) = entry else { return 1 };
    let words = entry.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).count();
    (words as u64).max(1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn filter_entries_are_priced() {
        for (filter, expected) in [
            (json!({ "keywords": [], "publishedFrom": "2026-01-01", "featured": true }), 0),
            (json!({ "keywords": ["rag", "chain of thought"], "authors": ["Ada Lovelace"] }), 6),
            (json!({ "excludeKeywords": "chain of thought", "categories": ["…"] }), 4),
            (json!({ "keywords": vec!["word other words"; 100] }), 300),
        ] {
            let value = ConstValue::from_json(filter.clone()).unwrap();
            assert_eq!(filter_price(&value), expected, "{filter}");
        }
    }
}
