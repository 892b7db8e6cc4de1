//! What mails say: digests and the short letters that carry a link.
//!
//! Templates are compiled in and escape what they show in HTML. Nothing that a stranger typed stands in a
//! mail that the stranger can trigger.

mod digest;
mod item;
mod link;

pub use digest::{DigestContent, FooterLinks, MAX_HTML, Recipient, subject};
pub use item::{Chosen, Wording};
pub use link::{LinkLetter, confirmation, manage, sign_in};

/// Columns of the plain text parts.
const COLUMNS: usize = 72;

/// Text wrapped to the columns of a mail, the first line behind `first`, the others behind `rest`.
fn wrapped(text: &str, first: &str, rest: &str) -> String {
    let options = textwrap::Options::new(COLUMNS)
        .initial_indent(first)
        .subsequent_indent(rest)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}
