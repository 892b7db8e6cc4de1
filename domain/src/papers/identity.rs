//! When two statements are about one paper.
//!
//! An arXiv identifier decides; then a DOI; then the normalised title together with the first author. Two arXiv
//! identifiers are two papers, whatever else they share: versions of a work are published under one DOI.

use super::words;

/// A DOI in the form that is compared: its letters have no case (<https://www.doi.org/the-identifier/resources/handbook>, 2.4).
pub(super) fn doi_key(doi: &str) -> String {
    doi.to_lowercase()
}

/// Whether two lists of authors with one title can be of one paper: one of them is empty, or both begin with the same
/// family name, whether given names are written out or not.
pub(super) fn may_be_one(authors: &[String], others: &[String]) -> bool {
    match (authors.first(), others.first()) {
        (Some(one), Some(other)) => {
            let (one, other) = (words::key(one), words::key(other));
            one == other || family(&one) == family(&other)
        }
        _ => true,
    }
}

/// The last word of a name: what initials and full names have in common.
fn family(key: &str) -> &str {
    key.trim().rsplit(' ').next().unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn authors_are_compared_by_the_family_name_of_the_first() {
        for (one, other, expected) in [
            (names(&["Ada Lovelace", "C. Babbage"]), names(&["A. Lovelace"]), true),
            (names(&["Ada Lovelace"]), names(&["Charles Babbage", "Ada Lovelace"]), false),
            (names(&["Paul Lévy"]), names(&["P. Levy"]), true),
            (names(&["王 伟"]), names(&["王 伟"]), true),
            (names(&[]), names(&["Ada Lovelace"]), true),
        ] {
            assert_eq!(may_be_one(&one, &other), expected, "{one:?} {other:?}");
        }
        assert_eq!(doi_key("10.1000/ABC"), doi_key("10.1000/abc"));
    }
}
