//! The tokens of a displayed text, with their place in it: one function for index, query and highlight.
//!
//! Two words that a hyphen joins are also one: `pre-training` is found by `pretraining`.
//!
//! Always: the words of the tokens of a text that are not joined are those of its [`fold`]; ranges lie on character
//! boundaries and do not go back.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::fold::fold;

/// The longest word, in bytes; a longer one is cut there.
pub const MAX_WORD_BYTES: usize = 60;

/// The longest first half of a joined word, in letters: prefixes as `multi` and `non`, not any two words.
const MAX_PREFIX_LETTERS: usize = 6;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The folded word.
    pub word: String,
    /// The number of words before it.
    pub position: usize,
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// Whether it is two words joined; then the first of them has the same position.
    pub is_joined: bool,
}

/// The tokens of a displayed text, in order.
#[must_use]
pub fn tokens(shown: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut position = 0;
    let mut start = None;
    let end = std::iter::once((shown.len(), ' '));
    for (at, c) in shown.char_indices().chain(end) {
        if is_word(c) {
            start.get_or_insert(at);
        } else if let Some(start) = start.take() {
            for word in fold(&shown[start..at]).split(' ').filter(|word| !word.is_empty()) {
                join(&mut tokens, shown, word, start..at);
                tokens.push(Token { word: cut(word), position, range: start..at, is_joined: false });
                position += 1;
            }
        }
    }
    tokens
}

/// Puts a joined token before the second half of a word with a hyphen.
fn join(tokens: &mut Vec<Token>, shown: &str, second: &str, range: Range<usize>) {
    let Some(first) = tokens.last() else { return };
    let between = shown.get(first.range.end..range.start);
    let is_hyphen = matches!(between, Some("-" | "\u{2010}" | "\u{2011}"));
    let is_letters = |word: &str| {
        word.len() > 1 && !super::is_stop_word(word) && word.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let is_prefix = first.word.len() <= MAX_PREFIX_LETTERS;
    if is_hyphen && !first.is_joined && is_prefix && is_letters(&first.word) && is_letters(second) {
        let joined = Token {
            word: cut(&format!("{}{second}", first.word)),
            position: first.position,
            range: first.range.start..range.end,
            is_joined: true,
        };
        let last = tokens.len() - 1;
        tokens.insert(last, joined);
    }
}

/// Whether a character belongs to words, itself or by what it stands for.
fn is_word(c: char) -> bool {
    c.is_alphanumeric()
        || is_combining_mark(c)
        || matches!(c, '+' | '#')
        || (!c.is_ascii()
            && std::iter::once(c)
                .nfkd()
                .any(|part| part.is_alphanumeric() || is_combining_mark(part) || matches!(part, '+' | '#')))
}

fn cut(word: &str) -> String {
    word[..word.floor_char_boundary(MAX_WORD_BYTES)].to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_with_a_hyphen_are_also_one() {
        let words: Vec<_> = tokens("Pre-training (multi-task) of state-of-the-art C++ models")
            .into_iter()
            .map(|token| (token.word, token.position))
            .collect();
        let expected = [
            ("pretraining", 0),
            ("pre", 0),
            ("training", 1),
            ("multitask", 2),
            ("multi", 2),
            ("task", 3),
            ("of", 4),
            ("state", 5),
            ("of", 6),
            ("the", 7),
            ("art", 8),
            ("c++", 9),
            ("models", 10),
        ];
        assert_eq!(words, expected.map(|(word, position)| (word.to_owned(), position)));
    }

    #[test]
    fn ranges_lead_to_what_is_shown() {
        let text = "Über β-VAEs in ℝ";
        let plain = tokens(text).into_iter().filter(|token| !token.is_joined);
        let found: Vec<_> = plain.map(|token| text[token.range].to_owned()).collect();
        assert_eq!(found, ["Über", "β", "VAEs", "in", "ℝ"]);
        // A sign that stands for another and a mark.
        let words: Vec<_> = tokens("\u{1D15E} C").into_iter().map(|token| token.word).collect();
        assert_eq!(words.join(" "), fold("\u{1D15E} C"));
    }

    proptest! {
        #[test]
        fn tokens_are_the_words_of_the_fold(text in r"([a-zé +#αλ'-]|\PC){0,40}") {
            let found = tokens(&text);
            let plain = found.iter().filter(|token| !token.is_joined);
            let words: Vec<&str> = plain.clone().map(|token| token.word.as_str()).collect();
            let folded = fold(&text);
            if folded.split(' ').all(|word| word.len() <= MAX_WORD_BYTES) {
                prop_assert_eq!(words.join(" "), folded);
            }
            prop_assert!(plain.clone().enumerate().all(|(at, token)| token.position == at));
            prop_assert!(found.iter().all(|token| text.get(token.range.clone()).is_some()));
        }
    }
}
