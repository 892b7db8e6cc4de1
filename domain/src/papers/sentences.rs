//! The beginning of an abstract that a list shows: whole sentences, so that it does not break off in the middle of a
//! thought.
//!
//! Sentences end where UAX #29 says, but not behind the abbreviations that abstracts are full of. A text whose first
//! sentence is far too long is cut at a word, with an ellipsis.

use plain_text::shorten;
use unicode_segmentation::UnicodeSegmentation as _;

/// Abbreviations behind which a sentence goes on, even if the next word begins with a capital.
const ABBREVIATIONS: [&str; 14] = [
    "al.", "approx.", "cf.", "e.g.", "eq.", "eqs.", "fig.", "figs.", "i.e.", "resp.", "sec.", "tab.", "vs.",
    "w.r.t.",
];

/// The limit of the first sentence before it is cut: half as much again.
const fn stretched(limit: usize) -> usize {
    limit + limit / 2
}

/// The first sentences of `text` that fit into `limit` characters, one at least.
#[must_use]
pub fn first_sentences(text: &str, limit: usize) -> String {
    if text.char_indices().nth(limit).is_none() {
        return text.to_owned();
    }
    let mut end = 0;
    let mut first = None;
    for (start, sentence) in text.split_sentence_bound_indices() {
        let next = start + sentence.len();
        if ends_with_abbreviation(&text[..next]) {
            continue;
        }
        first = first.or(Some(next));
        if text[..next].trim_end().chars().count() > limit {
            break;
        }
        end = next;
    }
    if end > 0 {
        return text[..end].trim_end().to_owned();
    }
    match first.map(|end| text[..end].trim_end()) {
        Some(sentence) if sentence.chars().count() <= stretched(limit) => sentence.to_owned(),
        _ => shorten(text, limit),
    }
}

/// Whether a text ends with an abbreviation or with the initial of a name.
fn ends_with_abbreviation(text: &str) -> bool {
    let word = text.trim_end().rsplit([' ', '(', '[']).next().unwrap_or_default();
    let is_initial = word.len() == 2 && word.as_bytes()[0].is_ascii_uppercase() && word.ends_with('.');
    is_initial || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_sentences_are_kept() {
        let text = "One sentence. Another one, by Ada et al. Smith, e.g. Fig. 3. A third that is long.";
        assert_eq!(first_sentences(text, 20), "One sentence.");
        assert_eq!(first_sentences(text, 60), "One sentence. Another one, by Ada et al. Smith, e.g. Fig. 3.");
        assert_eq!(first_sentences(text, 500), text);
        assert_eq!(
            first_sentences("A first sentence of many words. Then more.", 25),
            "A first sentence of many words."
        );
        assert_eq!(first_sentences("第一句。第二句也在这里。", 5), "第一句。");
    }

    #[test]
    fn a_sentence_without_end_is_cut_at_a_word() {
        assert_eq!(first_sentences(&"word ".repeat(100), 12), "word word…");
    }

    proptest! {
        #[test]
        fn the_shortened_text_is_a_prefix(text in "[a-zA-Z .!?,]{0,200}", limit in 1..100_usize) {
            let kept = first_sentences(&text, limit);
            prop_assert!(kept.chars().count() <= stretched(limit).max(limit + 1));
            prop_assert!(text.starts_with(kept.trim_end_matches('…')));
        }
    }
}
