//! One name: as it is shown, or what else stands in its place in a list.

use std::borrow::Cow;

use plain_text::{one_line, shorten};

use super::MAX_NAME_CHARS;

/// Bytes of a name that are looked at.
const MAX_SOURCE_BYTES: usize = 8 * MAX_NAME_CHARS;

/// Ends of a list that goes on.
const ET_AL: [&str; 7] = ["et al.", "et al", "et. al.", "et. al", "et.al.", "et.al", "and others"];

/// Words before a collaboration that a person speaks for.
const FOR_GROUP: [&str; 4] = ["for the ", "on behalf of the ", "on behalf of ", "for "];

/// Words before a name that is no author of the whole.
const WITH: [&str; 4] = ["with an appendix by ", "with appendix by ", "appendix by ", "with "];

/// What stands behind a name or for one, without its dots and in lower case.
const REMARKS: [&str; 8] = ["phd", "md", "msc", "ed", "eds", "editor", "editors", "and"];

/// Bytes of such a remark.
const MAX_REMARK_BYTES: usize = 8;

/// Bytes in which a piece says how many authors it stands for.
const MAX_COUNT_BYTES: usize = 60;

/// A name as it is shown; none if it has no letter.
pub(super) fn display(source: &str) -> Option<String> {
    let source = head(source, MAX_SOURCE_BYTES);
    let is_latex = source.contains(['\\', '$', '{', '`', '~']) || source.contains("--");
    let name = if is_latex { latex::readable(source) } else { one_line(source) };
    let name = tidy(name.trim_matches([' ', ',', '*', '†', '‡', '§', '¶']));
    if !name.contains(char::is_alphabetic) {
        return None;
    }
    let is_long = name.len() > MAX_NAME_CHARS && name.chars().count() > MAX_NAME_CHARS;
    Some(if is_long { shorten(&name, MAX_NAME_CHARS - 1) } else { name.into_owned() })
}

/// Initials apart, and those with a dash together: `D. V. Doe`, `C.-P. Roe`.
fn tidy(name: &str) -> Cow<'_, str> {
    let is_tidy = !name.contains(". -")
        && !name
            .as_bytes()
            .windows(2)
            .any(|pair| pair[0] == b'.' && !matches!(pair[1], b' ' | b'-' | b'.' | b','));
    if is_tidy {
        return Cow::Borrowed(name);
    }
    let mut tidied = String::with_capacity(name.len() + 8);
    let mut rest = name.chars().peekable();
    // Letters since the last space, dot or dash.
    let mut letters = 0;
    while let Some(c) = rest.next() {
        tidied.push(c);
        let is_initial = c == '.' && letters == 1;
        letters = if c.is_alphabetic() { letters + 1 } else { 0 };
        let ends = |next: &char| next.is_uppercase() || (is_initial && next.is_alphabetic());
        if c == '.' && rest.peek().is_some_and(ends) {
            tidied.push(' ');
        }
    }
    Cow::Owned(tidied.replace(". -", ".-"))
}

/// A piece without "et al." at its end, and whether it says that there are more authors.
pub(super) fn strip_et_al(piece: &str) -> (&str, bool) {
    for end in ET_AL {
        let at = piece.len().checked_sub(end.len()).filter(|&at| piece.is_char_boundary(at));
        if let Some((before, tail)) = at.map(|at| piece.split_at(at))
            && tail.eq_ignore_ascii_case(end)
            && (before.is_empty() || before.ends_with([' ', ',']))
        {
            return (before.trim_end_matches([' ', ',']), true);
        }
    }
    let start = head(piece, MAX_COUNT_BYTES);
    let is_count = piece.eq_ignore_ascii_case("others")
        || ["additional authors", "authors not shown"].iter().any(|words| start.contains(words));
    if is_count { ("", true) } else { (piece, false) }
}

/// Whether a piece is about the name before it or about the list.
pub(super) fn is_remark(piece: &str) -> bool {
    if piece.len() > MAX_REMARK_BYTES {
        return false;
    }
    let plain = piece.to_ascii_lowercase().replace('.', "");
    REMARKS.contains(&plain.as_str())
}

/// Whether a piece is the end of the name before it.
pub(super) fn is_suffix(piece: &str) -> bool {
    let plain = piece.trim_end_matches('.');
    ["jr", "sr"].iter().any(|suffix| plain.eq_ignore_ascii_case(suffix))
        || ["II", "III", "IV"].contains(&plain)
}

/// The person and the collaboration of a piece such as `P. Doe for the X Collaboration`, each of which may be
/// missing.
pub(super) fn split_group(piece: &str) -> (Option<&str>, Option<&str>) {
    let piece = strip_any(piece, &WITH).unwrap_or(piece);
    if let Some(group) = strip_any(piece, &FOR_GROUP) {
        return (None, Some(without_article(group)));
    }
    if !is_group(piece) {
        return (Some(piece), None);
    }
    let lower = piece.to_ascii_lowercase();
    for words in FOR_GROUP {
        if let Some(at) = lower.find(&format!(" {words}")) {
            return (Some(&piece[..at]), Some(without_article(&piece[at + 1 + words.len()..])));
        }
    }
    (None, Some(without_article(piece)))
}

/// Whether a text names a group of people.
pub(super) fn is_group(text: &str) -> bool {
    let last = text.rsplit(' ').next().unwrap_or_default();
    ["collaboration", "collaborations", "consortium", "group", "team"]
        .iter()
        .any(|word| last.len() < text.len() && last.eq_ignore_ascii_case(word))
}

fn without_article(group: &str) -> &str {
    strip_any(group.trim(), &["the "]).unwrap_or(group).trim()
}

/// The text behind one of these words, which are in lower case.
fn strip_any<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    words.iter().find_map(|word| {
        let start = text.get(..word.len())?;
        start.eq_ignore_ascii_case(word).then(|| text[word.len()..].trim_start())
    })
}

/// At most this many bytes of the beginning.
fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
