//! What mails say: digests and the short letters that carry a link.
//!
//! Templates are compiled in and escape what they show in HTML. Nothing that a stranger typed stands in a
//! mail that the stranger can trigger.

use std::ops::RangeInclusive;

mod digest;
mod item;
mod link;

pub use digest::{DigestContent, FooterLinks, MAX_HTML, Readers, Recipient, subject};
pub use item::{Chosen, Wording};
pub use link::{LinkLetter, confirmation, manage, sign_in};

/// Columns of the plain text parts.
const COLUMNS: usize = 72;

/// Characters of what a line of HTML does not break: a date, a number of votes.
const UNBROKEN: usize = 20;

/// Letters that are written from right to left, and what ends their direction: a number behind a name would stand in
/// front of it.
const FROM_THE_RIGHT: [RangeInclusive<char>; 4] =
    ['\u{590}'..='\u{8ff}', '\u{fb1d}'..='\u{fdff}', '\u{fe70}'..='\u{fefc}', '\u{10800}'..='\u{10fff}'];
const TO_THE_RIGHT: &str = "\u{a0}·\u{200e} ";

/// What is joined by middle dots, for HTML: no line begins with a dot, and none ends within a date or a number.
fn unbroken(text: &str) -> String {
    let part = |part: &str| match part.chars().count() {
        0..=UNBROKEN => part.replace(' ', "\u{a0}"),
        _ => part.to_owned(),
    };
    let is_from_the_right = |c| FROM_THE_RIGHT.iter().any(|range| range.contains(&c));
    let separator = if text.contains(is_from_the_right) { TO_THE_RIGHT } else { "\u{a0}· " };
    text.split(" · ").map(part).collect::<Vec<_>>().join(separator)
}

/// Text wrapped to the columns of a mail, the first line behind `first`, the others behind `rest`.
fn wrapped(text: &str, first: &str, rest: &str) -> String {
    let options = textwrap::Options::new(COLUMNS)
        .initial_indent(first)
        .subsequent_indent(rest)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_where_a_reader_would() {
        let byline = "NVIDIA · Ada Lovelace, Émile Zola and 10 more · 6 January 2026 · 1 vote";
        let unbroken = unbroken(byline);
        assert_eq!(
            unbroken.replace('\u{a0}', "~"),
            "NVIDIA~· Ada Lovelace, Émile Zola and 10 more~· 6~January~2026~· 1~vote"
        );
        assert_eq!(unbroken.replace('\u{a0}', " "), byline);
        assert_eq!(super::unbroken("محمد · 20 votes"), "محمد\u{a0}·\u{200e} 20\u{a0}votes");
    }
}
