//! Reasons for which a filter selected a paper, shown to readers of the digest: the matching entries of the filter.
//!
//! The same comparisons as in [`super::filter`], on what was read of the paper; exclusions are not reasons.

use std::collections::{HashMap, HashSet};

use entity::json::DigestFilter;

use crate::direction::BidiText;

use super::PaperRow;
use super::words::key;

/// The columns of papers that filters compare and that are not on the paper, by paper.
#[derive(Clone, Debug, Default)]
pub struct FilterColumns {
    /// The codes of categories.
    pub categories: HashMap<i64, Vec<String>>,
    /// The words, as they are kept for filters.
    pub words: HashMap<i64, String>,
}

/// The entries of the filter that the paper matches: `cs.CL`, `keyword: rag`, `author: Ada Lovelace`, `organization:
/// NVIDIA`, `12 upvotes`. Empty if the filter narrows nothing.
#[must_use]
pub fn reasons(filter: &DigestFilter, row: &PaperRow, columns: &FilterColumns) -> Vec<BidiText> {
    let paper = &row.paper;
    let categories = columns.categories.get(&paper.id).map_or(&[][..], Vec::as_slice);
    let words = columns.words.get(&paper.id).map_or("", String::as_str);
    let mut reasons = Vec::new();
    let wanted = filter.categories.iter().map(|code| code.trim());
    reasons.extend(wanted.filter(|code| categories.iter().any(|known| known == code)).map(BidiText::own));
    for phrase in &filter.keywords {
        if words.contains(&format!(" {} ", key(phrase))) {
            reasons.push(labelled("keyword: ", phrase));
        }
    }
    let names: HashSet<String> = paper.authors.0.iter().map(|name| key(name)).collect();
    for name in filter.authors.iter().filter(|name| names.contains(&key(name))) {
        reasons.push(labelled("author: ", name));
    }
    if let Some(organization) = &row.organization {
        let is_named = |wanted: &String| {
            wanted.trim().to_lowercase() == organization.slug.to_lowercase()
                || plain_text::key(wanted) == organization.name_key
        };
        if filter.organizations.iter().any(is_named) {
            reasons.push(labelled("organization: ", &organization.name));
        }
    }
    if filter.min_upvotes.is_some_and(|votes| votes > 0) {
        let votes = paper.source_upvotes.saturating_add(paper.upvotes);
        reasons.push(BidiText::own(&format!("{votes} {}", if votes == 1 { "upvote" } else { "upvotes" })));
    }
    reasons
}

fn labelled(label: &str, entry: &str) -> BidiText {
    let mut reason = BidiText::own(label);
    reason.push_foreign(entry.trim());
    reason
}
