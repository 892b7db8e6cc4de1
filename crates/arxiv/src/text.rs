//! The texts of a record: on one line, of a length that everything can carry.
//!
//! LaTeX stays as it was written, for whoever shows it; the line wraps that arXiv puts into long fields do not.
//! A text that is too long is cut, and the record says so: that is no reason to lose a paper.

use plain_text::{is_blank, one_line, shorten};

use crate::record::Warning;

/// Characters in a title.
const MAX_TITLE_CHARS: usize = 1_000;

/// Characters in an abstract.
const MAX_ABSTRACT_CHARS: usize = 20_000;

/// Characters in any other text.
const MAX_NOTE_CHARS: usize = 2_000;

/// Codes of categories in a record.
const MAX_CATEGORIES: usize = 50;

/// Bytes of a DOI or of the address of a licence.
const MAX_ADDRESS_BYTES: usize = 200;

/// The title; none if nothing of it is seen.
pub(crate) fn title(text: &str, warnings: &mut Vec<Warning>) -> Option<String> {
    line("title", text, MAX_TITLE_CHARS, warnings).filter(|title| !is_blank(title))
}

/// The abstract.
pub(crate) fn summary(text: &str, warnings: &mut Vec<Warning>) -> Option<String> {
    line("abstract", text, MAX_ABSTRACT_CHARS, warnings)
}

/// The comments, or the reference to a journal.
pub(crate) fn note(field: &'static str, text: &str, warnings: &mut Vec<Warning>) -> Option<String> {
    line(field, text, MAX_NOTE_CHARS, warnings)
}

fn line(field: &'static str, text: &str, limit: usize, warnings: &mut Vec<Warning>) -> Option<String> {
    let text = one_line(text);
    // Bytes are counted first, which needs no look at them.
    if text.len() > limit && text.chars().count() > limit {
        warnings.push(Warning::new(
            field,
            format!("This text has more than {limit} characters. It was shortened."),
        ));
        return Some(shorten(&text, limit - 1));
    }
    (!text.is_empty()).then_some(text)
}

/// The first DOI of a field that can have several, without its resolver.
pub(crate) fn doi(text: &str, warnings: &mut Vec<Warning>) -> Option<String> {
    let found =
        text.split([' ', '\n', '\t', ',', ';']).find_map(|word| word.find("10.").map(|at| &word[at..]));
    let found = found.filter(|doi| doi.contains('/') && doi.len() <= MAX_ADDRESS_BYTES);
    let found = found.filter(|doi| !doi.contains(char::is_control));
    if found.is_none() && !text.trim().is_empty() {
        warnings.push(Warning::new("doi", "This is not a DOI. It was left out."));
    }
    found.map(str::to_owned)
}

/// The address of a licence.
pub(crate) fn license(text: &str) -> Option<String> {
    let text = text.trim();
    let is_address = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    let is_plain = text.len() <= MAX_ADDRESS_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic());
    (is_address && is_plain).then(|| text.to_owned())
}

/// Codes of categories, in order and each once. The classes of other systems that the query API puts among them
/// (`68T05`, `I.2.6`) are left out.
pub(crate) fn categories<'a>(codes: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for code in codes.into_iter().filter(|code| is_category(code)) {
        if found.len() < MAX_CATEGORIES && !found.iter().any(|other| other == code) {
            found.push(code.to_owned());
        }
    }
    found
}

/// Whether a text has the form of a code: an archive in lower case, and perhaps a class behind a dot.
fn is_category(code: &str) -> bool {
    let (archive, class) =
        code.split_once('.').map_or((code, None), |(archive, class)| (archive, Some(class)));
    let is_archive =
        archive.len() >= 2 && archive.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let is_class = |class: &str| {
        class.len() >= 2 && class.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
    };
    code.len() <= 40 && is_archive && class.is_none_or(is_class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_are_joined_and_long_texts_cut() {
        let mut warnings = Vec::new();
        assert_eq!(title("A $x^2$\n  bound ", &mut warnings).as_deref(), Some("A $x^2$ bound"));
        assert_eq!(title(" \u{200B}\n", &mut warnings), None);
        assert!(warnings.is_empty());
        let cut = title(&"é".repeat(2_000), &mut warnings).unwrap();
        assert_eq!(cut.chars().count(), MAX_TITLE_CHARS);
        assert_eq!(warnings[0].field, "title");
    }

    #[test]
    fn one_doi_is_read() {
        for (text, doi_of_text, warned) in [
            ("10.1103/PhysRevC.76.1 10.1103/PhysRevC.76.2", Some("10.1103/PhysRevC.76.1"), 0),
            ("https://doi.org/10.1000/x", Some("10.1000/x"), 0),
            ("doi:10.1000/x; 10.1000/y", Some("10.1000/x"), 0),
            ("in press", None, 1),
            (" ", None, 0),
        ] {
            let mut warnings = Vec::new();
            assert_eq!(doi(text, &mut warnings).as_deref(), doi_of_text, "{text}");
            assert_eq!(warnings.len(), warned, "{text}");
        }
    }

    #[test]
    fn only_categories_of_arxiv_are_kept() {
        let codes = [
            "cs.CL",
            "68T05",
            "I.2.6",
            "cs.CL",
            "cond-mat.mtrl-sci",
            "hep-th",
            "F.2.2; I.2.7",
            "",
            "cs.",
            "math",
        ];
        assert_eq!(categories(codes), ["cs.CL", "cond-mat.mtrl-sci", "hep-th", "math"]);
    }

    #[test]
    fn licences_are_addresses() {
        let address = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/";
        assert_eq!(license(&format!(" {address}\n")).as_deref(), Some(address));
        assert_eq!(license("javascript:alert(1)"), None);
        assert_eq!(license("http://x y"), None);
    }
}
