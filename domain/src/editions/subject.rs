//! The subject line of a digest, which is also the heading of its edition in the archive.
//!
//! It stands with editions, because an edition keeps its heading: a digest of some of its papers has another first title,
//! and gets its subject from the same words.

use latex::readable;
use plain_text::shorten;

use crate::calendar::Period;
use crate::direction::isolated;
use crate::wording::{digest_name, short_label};

/// The maximum length of a title in a subject or a preview line, in characters.
pub(crate) const MAX_SUBJECT_TITLE: usize = 120;

/// The subject of a digest: the title of its first paper, as its authors wrote it, and of when it is. The date keeps mail
/// programs from taking two digests for one thread, and stands where a narrow list of mails cuts it off.
pub(crate) fn subject(period: Period, first: &str) -> String {
    let first = readable(first);
    let first = if first.is_empty() { digest_name(period.cadence()) } else { &first };
    format!("{} ({})", isolated(&shorten(first, MAX_SUBJECT_TITLE)), short_label(period))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_has_the_first_title_and_the_period() {
        let day: Period = "2026-01-06".parse().unwrap();
        for (title, expected) in [
            ("Sorting in $O(n^2)$", "Sorting in O(n²) (6 Jan)"),
            ("", "Daily Papers (6 Jan)"),
            ("עברית", "\u{2068}עברית\u{2069} (6 Jan)"),
        ] {
            assert_eq!(subject(day, title), expected);
        }
        let long = subject(day, &"word ".repeat(100));
        assert!(long.ends_with("… (6 Jan)") && long.chars().count() < MAX_SUBJECT_TITLE + 10, "{long}");
    }
}
