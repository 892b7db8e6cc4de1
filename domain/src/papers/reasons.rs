//! Why a filter chose a paper, for whoever reads the digest: the entries of the filter that it matches.
//!
//! The same comparisons as in [`super::filter`], on what was read of the paper; what drops papers is no reason.

use std::collections::HashSet;

use entity::json::DigestFilter;

use crate::direction::BidiText;

use super::{PaperRow, words};

/// What filters look at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The paper.
    pub listed: &'a PaperRow,
    /// The codes of its categories.
    pub categories: &'a [String],
    /// Its words, as they are kept for filters.
    pub words: &'a str,
}

/// The entries of the filter that the paper matches: `cs.CL`, `keyword: rag`, `author: Ada Lovelace`, `organization:
/// NVIDIA`, `12 upvotes`. Empty where the filter narrows nothing.
#[must_use]
pub fn reasons(filter: &DigestFilter, facts: &Facts<'_>) -> Vec<BidiText> {
    let paper = &facts.listed.paper;
    let mut reasons = Vec::new();
    let wanted = filter.categories.iter().map(|code| code.trim());
    reasons
        .extend(wanted.filter(|code| facts.categories.iter().any(|known| known == code)).map(BidiText::own));
    for phrase in &filter.keywords {
        if facts.words.contains(&format!(" {} ", words::key(phrase))) {
            reasons.push(labelled("keyword: ", phrase));
        }
    }
    let names: HashSet<String> = paper.authors.0.iter().map(|name| words::key(name)).collect();
    for name in filter.authors.iter().filter(|name| names.contains(&words::key(name))) {
        reasons.push(labelled("author: ", name));
    }
    if let Some(organization) = &facts.listed.organization {
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
