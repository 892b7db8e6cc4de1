//! Reasons for which a filter selected a paper, shown to readers of the digest: the matching entries of the filter.
//!
//! The same comparisons as in [`super`], on what was read of the paper; exclusions are not reasons.

use std::collections::{HashMap, HashSet};

use entity::topic_filter::TopicFilter;
use sea_orm::ConnectionTrait;

use crate::Result;
use crate::direction::BidiText;
use crate::papers::words::key;
use crate::papers::{PaperRow, topics};

/// The columns of papers that filters compare and that are not on the paper, by paper.
#[derive(Clone, Debug, Default)]
pub struct FilterColumns {
    /// The codes of categories.
    categories: HashMap<i64, Vec<String>>,
    /// The words, as they are kept for filters.
    words: HashMap<i64, String>,
}

impl FilterColumns {
    /// Reads of these papers what any of the filters compares.
    pub async fn load<'a>(
        connection: &impl ConnectionTrait,
        filters: impl Iterator<Item = &'a TopicFilter>,
        paper_ids: &[i64],
    ) -> Result<Self> {
        let (mut by_category, mut by_word) = (false, false);
        for filter in filters {
            by_category |= !filter.categories.is_empty();
            by_word |= !filter.keywords.is_empty();
        }
        let mut columns = Self::default();
        if by_category {
            columns.categories = topics::category_codes(connection, paper_ids).await?;
        }
        if by_word {
            columns.words = topics::words(connection, paper_ids).await?;
        }
        Ok(columns)
    }
}

/// The entries of the filter that the paper matches: `cs.CL`, `keyword: rag`, `author: Ada Lovelace`, `organization:
/// NVIDIA`, `12 upvotes`. Empty if the filter narrows nothing.
#[must_use]
pub fn reasons(filter: &TopicFilter, row: &PaperRow, columns: &FilterColumns) -> Vec<BidiText> {
    let TopicFilter {
        categories: codes,
        keywords,
        authors,
        organizations,
        exclude_categories: _,
        exclude_keywords: _,
        min_upvotes,
    } = filter;
    let paper = &row.paper;
    let categories = columns.categories.get(&paper.id).map_or(&[][..], Vec::as_slice);
    let words = columns.words.get(&paper.id).map_or("", String::as_str);
    let mut reasons = Vec::new();
    let codes = codes.iter().map(|code| code.trim());
    reasons.extend(codes.filter(|code| categories.iter().any(|known| known == code)).map(BidiText::own));
    for phrase in keywords {
        if words.contains(&format!(" {} ", key(phrase))) {
            reasons.push(labelled("keyword: ", phrase));
        }
    }
    let names: HashSet<String> = paper.authors.0.iter().map(|name| key(name)).collect();
    for name in authors.iter().filter(|name| names.contains(&key(name))) {
        reasons.push(labelled("author: ", name));
    }
    if let Some(organization) = &row.organization {
        let is_named = |wanted: &String| {
            wanted.trim().to_lowercase() == organization.slug.to_lowercase()
                || plain_text::key(wanted) == organization.name_key
        };
        if organizations.iter().any(is_named) {
            reasons.push(labelled("organization: ", &organization.name));
        }
    }
    if min_upvotes.is_some_and(|votes| votes > 0) {
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
