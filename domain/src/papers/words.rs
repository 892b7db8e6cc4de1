//! The words by which papers are found, taken from the displayed text and normalized for matching.
//!
//! What a reader sees is what a filter finds: LaTeX is made readable first, and then folded as search folds it.
//!
//! Always: a key holds letters, digits, combining marks, `+` and `#`, between single spaces: nothing in it means
//! something to LIKE, to SQLite's full-text index or within an array of Postgres. A key of a key is the same key. After
//! a change of the rules [`RULES_VERSION`] is one more, and a running service recomputes the rows
//! ([`super::rewording`]).

use std::borrow::Cow;

use latex::readable;
use search::text::fold;

/// The version of the rules by which words are computed.
pub(super) const RULES_VERSION: i32 = 1;

/// The words of a text between single spaces, in the form that is compared. LaTeX in it is read.
#[must_use]
pub fn key(text: &str) -> String {
    fold(&readable(text))
}

/// The words of several texts in one line that begins and ends with a space, so that a word or phrase is
/// found whole by looking for its key between spaces.
#[must_use]
pub fn words<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    joined(texts.into_iter().map(|text| Cow::Owned(key(text))))
}

/// The words of several keys in such a line.
pub(super) fn joined<'a>(keys: impl IntoIterator<Item = Cow<'a, str>>) -> String {
    let mut words = String::from(" ");
    for key in keys {
        if !key.is_empty() {
            words.push_str(&key);
            words.push(' ');
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::char::is_combining_mark;

    use super::*;

    #[test]
    fn search_words_match_the_text_that_is_shown() {
        for (typed, shown) in [
            ("Levy flights", r"L\'evy flights"),
            ("Kahler", r#"K\"{a}hler"#),
            ("ECOLE polytechnique", "École Polytechnique"),
            ("Lodz", "Łódź"),
            ("Dakovo", r"{\DJ}akovo"),
            ("fine tuning", "ﬁne‐Tuning"),
            ("beta VAE", r"$\beta$-VAE"),
            ("β-VAE", "β-VAE"),
            ("muP", "μP"),
            ("O(n log n)", r"$O(n\log n)$"),
            ("strasse", "Straße"),
            ("naive", "naïve"),
        ] {
            assert_eq!(key(typed), key(shown), "{typed}");
        }
    }

    #[test]
    fn signs_in_names_are_significant() {
        for (text, said) in [
            ("C, C++ and C#", "c c++ and c#"),
            ("C++17 or A+", "c++ 17 or a+"),
            ("a+b, 10+ tasks, #1, e⁺e⁻", "a b 10 tasks 1 e e"),
            ("F#-like, g++.", "f# like g++"),
        ] {
            assert_eq!(key(text), said);
        }
    }

    #[test]
    fn words_of_other_scripts_are_kept() {
        assert_eq!(key("हिन्दी"), "हिन्दी");
        assert_eq!(key("한국어"), "한국어");
        assert_eq!(key("λόγος"), "λογος");
        assert_eq!(key("…"), "");
    }

    #[test]
    fn only_whole_words_match() {
        let words = words(["Retrieval-Augmented (RAG)", "", "paragraph"]);
        assert_eq!(words, " retrieval augmented rag paragraph ");
        assert!(words.contains(&format!(" {} ", key("RAG"))));
        assert!(!words.contains(" graph "));
    }

    proptest! {
        #[test]
        fn keys_are_idempotent(text in r"(\\[a-zA-Z]{1,5}|[a-zé +#αλ$^_{}'-]|\PC){0,40}") {
            let once = key(&text);
            prop_assert_eq!(key(&once), once.as_str());
            let is_plain = |c: char| c.is_alphanumeric() || is_combining_mark(c) || matches!(c, ' ' | '+' | '#');
            prop_assert!(once.chars().all(is_plain));
            prop_assert!(!once.contains("  ") && once.trim() == once);
        }
    }
}
