//! The check of a filter by topic as somebody typed it.
//!
//! Always: a filter means the same in a query and in a digest; only how long its lists may be differs.

use entity::topic_filter::TopicFilter;
use plain_text::one_line;

use crate::error::{UserError, UserErrorCode};
use crate::papers::taxonomy;

/// The limits of a filter's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterLimits {
    /// The maximum number of entries in a list.
    pub entries: usize,
    /// The maximum number of characters in an entry.
    pub characters: usize,
}

impl FilterLimits {
    /// The limits of a query.
    pub const QUERY: Self = Self { entries: 100, characters: 200 };

    /// The limits of a digest, whose filter is stored and applied again and again.
    pub const DIGEST: Self = Self { entries: 50, characters: 100 };

    /// The filter in its stored form: entries on one line, none of them empty, categories as arXiv spells them.
    ///
    /// # Errors
    /// Every problem, each at its field of the filter.
    pub fn check(self, filter: &TopicFilter) -> Result<TopicFilter, Vec<UserError>> {
        let TopicFilter {
            categories,
            keywords,
            authors,
            organizations,
            exclude_categories,
            exclude_keywords,
            min_upvotes,
        } = filter;
        let mut problems = Vec::new();
        let mut list = |name, entries| self.list(name, entries, &mut problems);
        let mut checked = TopicFilter {
            categories: list("categories", categories),
            keywords: list("keywords", keywords),
            authors: list("authors", authors),
            organizations: list("organizations", organizations),
            exclude_categories: list("excludeCategories", exclude_categories),
            exclude_keywords: list("excludeKeywords", exclude_keywords),
            min_upvotes: min_upvotes.filter(|&votes| votes != 0),
        };
        spell("categories", &mut checked.categories, &mut problems);
        spell("excludeCategories", &mut checked.exclude_categories, &mut problems);
        if checked.min_upvotes.is_some_and(|votes| votes < 0) {
            let message = "The minimum number of votes must be zero or more.";
            problems.push(UserError::new(UserErrorCode::Invalid, &["minUpvotes"], message));
        }
        if problems.is_empty() { Ok(checked) } else { Err(problems) }
    }

    /// The entries of a list, each on one line. Blank entries, as forms send them, are left out. Entries of only invisible
    /// characters are refused: left out, they could make a filter that matches every paper.
    fn list(self, name: &str, entries: &[String], problems: &mut Vec<UserError>) -> Vec<String> {
        let entries = entries.iter().filter(|entry| !entry.trim().is_empty());
        let entries: Vec<String> = entries.map(|entry| one_line(entry)).collect();
        if entries.iter().any(String::is_empty) {
            let message = "An entry has only invisible characters. Remove it.";
            problems.push(UserError::new(UserErrorCode::Invalid, &[name], message));
        }
        if entries.len() > self.entries {
            let message = format!("There can be at most {} entries.", self.entries);
            problems.push(UserError::new(UserErrorCode::TooMany, &[name], message));
        }
        if entries.iter().any(|entry| entry.chars().count() > self.characters) {
            let message = format!("An entry can have at most {} characters.", self.characters);
            problems.push(UserError::new(UserErrorCode::TooLong, &[name], message));
        }
        entries
    }
}

/// Spells codes of categories as arXiv does, up to the first that it does not have.
fn spell(name: &str, codes: &mut [String], problems: &mut Vec<UserError>) {
    for code in codes {
        match taxonomy::checked(code) {
            Ok(known) => known.clone_into(code),
            Err(message) => {
                problems.push(UserError::new(UserErrorCode::Invalid, &[name], message));
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_cleaned_and_codes_are_spelled_as_arxiv_does() {
        let filter = TopicFilter {
            categories: vec!["CS.cl".to_owned(), " ".to_owned()],
            keywords: vec![" a\nb ".to_owned(), String::new()],
            min_upvotes: Some(0),
            ..TopicFilter::default()
        };
        let checked = FilterLimits::QUERY.check(&filter).unwrap();
        let expected = TopicFilter {
            categories: vec!["cs.CL".to_owned()],
            keywords: vec!["a b".to_owned()],
            ..TopicFilter::default()
        };
        assert_eq!(checked, expected);
    }

    #[test]
    fn every_list_has_its_limits_and_every_problem_its_field() {
        let FilterLimits { entries, characters } = FilterLimits::DIGEST;
        let many = || vec!["a".to_owned(); entries + 1];
        let filter = TopicFilter {
            categories: vec!["cs.XX".to_owned()],
            keywords: vec!["x".repeat(characters + 1)],
            authors: many(),
            organizations: many(),
            exclude_categories: vec!["nowhere".to_owned(), "neither".to_owned()],
            exclude_keywords: many(),
            min_upvotes: Some(-1),
        };
        let problems = FilterLimits::DIGEST.check(&filter).unwrap_err();
        let mut found: Vec<_> =
            problems.iter().map(|problem| (problem.field.join("."), problem.code)).collect();
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        let expected = [
            ("authors", UserErrorCode::TooMany),
            ("categories", UserErrorCode::Invalid),
            ("excludeCategories", UserErrorCode::Invalid),
            ("excludeKeywords", UserErrorCode::TooMany),
            ("keywords", UserErrorCode::TooLong),
            ("minUpvotes", UserErrorCode::Invalid),
            ("organizations", UserErrorCode::TooMany),
        ];
        assert_eq!(found, expected.map(|(name, code)| (name.to_owned(), code)));
    }

    #[test]
    fn invisible_entries_are_refused_and_blank_ones_left_out() {
        let of = |entry: &str| TopicFilter { keywords: vec![entry.to_owned()], ..TopicFilter::default() };
        for limits in [FilterLimits::QUERY, FilterLimits::DIGEST] {
            for invisible in ["\u{202e}", " \u{feff}", "\u{1}"] {
                let problems = limits.check(&of(invisible)).unwrap_err();
                assert_eq!((problems.len(), problems[0].code), (1, UserErrorCode::Invalid), "{invisible:?}");
                assert_eq!(problems[0].field, ["keywords"]);
            }
            assert_eq!(limits.check(&of(" \n")), Ok(TopicFilter::default()));
        }
    }

    #[test]
    fn a_query_may_ask_for_more_than_a_digest() {
        let filter = TopicFilter {
            keywords: vec!["x".repeat(FilterLimits::QUERY.characters); FilterLimits::QUERY.entries],
            ..TopicFilter::default()
        };
        assert_eq!(FilterLimits::QUERY.check(&filter).as_ref(), Ok(&filter));
        assert_eq!(FilterLimits::DIGEST.check(&filter).unwrap_err().len(), 2);
    }
}
