//! The text of mails: digests and the short letters that carry a link.
//!
//! Templates are compiled in and escape what they show in HTML. Nothing that a stranger typed stands in a
//! mail that the stranger can trigger.

use askama::filters::Safe;

use crate::direction::{BidiText, closed_on_each_line, isolated};

mod digest;
mod item;
mod link;

pub use digest::{DigestContent, FooterLinks, MAX_HTML, Readers, Recipient};
pub use item::{SelectedPaper, Wording};
pub use link::{LinkLetter, confirmation, manage, sign_in};

/// How rendering is named in errors.
const TEMPLATE: &str = "filling in the template of a mail";

/// Columns of the plain text parts.
const LINE_COLUMNS: usize = 72;

/// The maximum length of text that is kept on one line of HTML, such as a date.
const MAX_UNBROKEN: usize = 20;

/// Text joined by middle dots, for HTML: no line begins with a dot, and none breaks within a date or a number.
fn unbroken(text: &BidiText) -> Safe<String> {
    let part = |part: &str| match part.chars().count() {
        0..=MAX_UNBROKEN => part.replace(' ', "\u{a0}"),
        _ => part.to_owned(),
    };
    text.edited(|text| text.split(" · ").map(part).collect::<Vec<_>>().join("\u{a0}· ")).html()
}

/// Text wrapped to the columns of a mail, the first line behind `first`, the others behind `rest`.
fn wrapped(text: &str, first: &str, rest: &str) -> String {
    // Isolates take no column.
    let options = textwrap::Options::new(LINE_COLUMNS)
        .initial_indent(first)
        .subsequent_indent(rest)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    closed_on_each_line(&textwrap::fill(text, options))
}

/// A text of strangers, wrapped likewise and isolated.
fn wrapped_foreign(text: &str, first: &str, rest: &str) -> String {
    wrapped(&isolated(text), first, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_words() {
        let byline = "NVIDIA · Ada Lovelace, Émile Zola and 10 more · 6 January 2026 · 1 vote";
        let unbroken = unbroken(&BidiText::own(byline)).0;
        assert_eq!(
            unbroken.replace('\u{a0}', "~"),
            "NVIDIA~· Ada Lovelace, Émile Zola and 10 more~· 6~January~2026~· 1~vote"
        );
        assert_eq!(unbroken.replace('\u{a0}', " "), byline);
        let line = BidiText::join([BidiText::foreign("محمد علي"), BidiText::own("20 votes")], " · ");
        assert_eq!(super::unbroken(&line).0, "<bdi>محمد\u{a0}علي</bdi>\u{a0}· 20\u{a0}votes");
    }

    #[test]
    fn isolates_have_no_width_and_end_with_their_line() {
        let word = "עברית";
        let title = [word; 20].join(" ");
        let wrapped = wrapped_foreign(&title, " 1. ", "    ");
        let bare = textwrap::fill(
            &title,
            textwrap::Options::new(LINE_COLUMNS).initial_indent(" 1. ").subsequent_indent("    "),
        );
        assert_eq!(wrapped.replace(['\u{2068}', '\u{2069}'], ""), bare);
        assert_eq!(wrapped.lines().count(), 2);
        for line in wrapped.lines() {
            assert!(line.trim_start_matches(" 1. ").trim_start().starts_with('\u{2068}'), "{line}");
            assert!(line.ends_with('\u{2069}'), "{line}");
        }
    }
}
