//! What the filter of a list costs: a point for each entry, of a phrase for each of its words.
//!
//! Each is a look-up of its own, and a list of papers is read by all of them at once.

use async_graphql_value::ConstValue;

/// The points of a filter.
#[must_use]
pub(super) fn cost(filter: &ConstValue) -> u64 {
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
