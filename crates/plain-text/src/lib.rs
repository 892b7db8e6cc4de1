//! Text from strangers: cleaned before it is stored, cut at a word, and folded into the forms that texts are compared in.
//!
//! ```
//! use plain_text::{key, one_line, shorten};
//!
//! assert_eq!(one_line("  A title\n  in\ttwo lines\u{202E} "), "A title in two lines");
//! assert_eq!(key("Pre-Training: a  Survey!"), key("pre training, a survey"));
//! assert_eq!(shorten("one two, three", 9), "one two…");
//! ```
//!
//! Always: no function panics; none lets a control character through that it says it removes.

use unicode_normalization::UnicodeNormalization as _;

/// One line: white space and line breaks collapsed to single spaces, control characters and those that
/// turn the direction of text around ([`is_direction_control`]) removed.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let start = line.len();
        if start > 0 {
            line.push(' ');
        }
        let word_start = line.len();
        line.extend(word.chars().filter(|&c| !is_unwanted(c)));
        if line.len() == word_start {
            line.truncate(start);
        }
    }
    line
}

fn is_unwanted(c: char) -> bool {
    c.is_control() || is_direction_control(c) || c == '\u{FEFF}'
}

/// Whether a character turns the direction of what follows it around: an embedding, an override or an isolate, or the
/// end of one. LRM, RLM and ALM do not: they are letters without a width.
#[must_use]
pub fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Lower-case words between single spaces: compatibility forms folded (NFKC), everything that is neither
/// a letter nor a digit turned into a space. `Pre-Training` and `pre training` are the same key.
#[must_use]
pub fn key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for c in text.nfkc().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || is_mark(c) {
            key.push(c);
        } else if !key.ends_with(' ') && !key.is_empty() {
            key.push(' ');
        }
    }
    key.truncate(key.trim_end().len());
    key
}

/// Combining marks belong to the letter before them.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// The key of a title: as [`key`], but signs that tell one name from another (`C`, `C++`, `C#`) stay. A title without
/// any letter or digit is its own key, so that two of them are not taken for one.
#[must_use]
pub fn title_key(title: &str) -> String {
    let mut folded = String::with_capacity(title.len());
    for c in title.nfkc().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || is_mark(c) || is_telling(c) {
            folded.push(c);
        } else if !folded.ends_with(' ') && !folded.is_empty() {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    if folded.is_empty() { title.to_owned() } else { folded }
}

/// Signs that are part of what a title says.
fn is_telling(c: char) -> bool {
    matches!(c, '+' | '#' | '*' | '=' | '<' | '>' | '%' | '&' | '@' | '∞' | '±' | '≠' | '≤' | '≥' | '♯')
}

/// Whether nothing of a text is seen: it holds no character, or only white space, controls and characters without a
/// width of their own.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_unwanted(c) || is_invisible(c) || is_mark(c))
}

/// Whether a character is invisible or blank. The emoji selector (U+FE0F) is not: it changes the appearance.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0E}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// The part of `text` that fits into `limit` characters, cut at a word and ended by an ellipsis if
/// something was cut.
#[must_use]
pub fn shorten(text: &str, limit: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(limit) else { return text.to_owned() };
    format!("{}…", cut_at_word(&text[..end]))
}

/// The beginning of a text that goes on, cut at a word if there is one in its second half, without what joined the next.
#[must_use]
pub fn cut_at_word(head: &str) -> &str {
    let cut = head.rfind(' ').filter(|&cut| cut > head.len() / 2).unwrap_or(head.len());
    head[..cut].trim_end_matches([' ', ',', ';', ':', '.'])
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_collapses_and_cleans() {
        assert_eq!(one_line("  A title\n  in\ttwo\r\nlines "), "A title in two lines");
        assert_eq!(one_line("a\u{202E}b \u{0000} c\u{7}"), "ab c");
        assert_eq!(one_line(" \u{202E} "), "");
    }

    #[test]
    fn keys_fold_case_and_punctuation() {
        assert_eq!(key("Pre-Training: a  Survey!"), "pre training a survey");
        assert_eq!(key("ﬁne‐tuning ÉCOLE"), "fine tuning école");
        assert_eq!(key("…"), "");
        assert_eq!(title_key("…"), "…");
        assert_eq!(title_key("Learning C++:  A Survey"), "learning c++ a survey");
        assert_ne!(title_key("A Survey of C#"), title_key("A Survey of C"));
    }

    #[test]
    fn invisible_text_is_blank() {
        assert!(is_blank("") && is_blank(" \u{200b}\u{200d}\u{2060}\u{2800}\u{3164}\u{AD}"));
        assert!(!is_blank("\u{200b}x") && !is_blank("…"));
    }

    #[test]
    fn blank_characters_are_invisible() {
        for blank in
            ["", " \n", "\u{200B}\u{200D}\u{2060}", "\u{AD}\u{FEFF}", "\u{3164} \u{2800}", "\u{E0020}"]
        {
            assert!(is_blank(blank), "{blank:?}");
        }
        for seen in ["a", "…", "\u{200B}x", "محمد", "🦀"] {
            assert!(!is_blank(seen), "{seen:?}");
        }
    }

    #[test]
    fn shorten_cuts_at_words() {
        assert_eq!(shorten("short", 10), "short");
        assert_eq!(shorten("one two, three", 9), "one two…");
        assert_eq!(shorten("abcdefghij", 5), "abcde…");
    }
}
