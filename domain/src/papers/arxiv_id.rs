//! arXiv identifiers, in every form in which people paste them.
//!
//! New ones are `YYMM.NNNN` (2007-04 to 2014-12) and `YYMM.NNNNN` (since 2015-01); old ones are
//! `archive/YYMMNNN`, where a subject class as in `math.CA/0611800` is dropped. Versions are cut off.
//! Source: <https://info.arxiv.org/help/arxiv_identifier.html>.

use std::fmt;

/// An arXiv identifier without its version, such as `2006.10029` or `hep-th/9901001`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArxivId(String);

impl ArxivId {
    /// Reads an identifier, with or without a version, `arXiv:`, a DOI of arXiv, or the address of a page
    /// that shows the paper. `None` where the text is none of these.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = strip_address(text).unwrap_or(text);
        let text = strip_prefix_ignore_case(text, "arxiv:").unwrap_or(text);
        let text = text.strip_suffix(".pdf").or_else(|| text.strip_suffix(".md")).unwrap_or(text);
        let id = strip_version(text);
        new_style(id).or_else(|| old_style(id)).map(Self)
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The paper's page at arXiv.
    #[must_use]
    pub fn abstract_url(&self) -> String {
        format!("https://arxiv.org/abs/{}", self.0)
    }

    /// The paper itself at arXiv.
    #[must_use]
    pub fn pdf_url(&self) -> String {
        format!("https://arxiv.org/pdf/{}", self.0)
    }
}

impl fmt::Display for ArxivId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What follows the host and the kind of page in an address of arXiv or of a site that mirrors its paths.
fn strip_address(text: &str) -> Option<&str> {
    let rest = strip_prefix_ignore_case(text, "https://")
        .or_else(|| strip_prefix_ignore_case(text, "http://"))
        .unwrap_or(text);
    let rest = strip_prefix_ignore_case(rest, "www.").unwrap_or(rest);
    let (host, path) = rest.split_once('/')?;
    let tails: &[&str] = match host.to_ascii_lowercase().as_str() {
        "arxiv.org" | "export.arxiv.org" | "alphaxiv.org" => &["abs/", "pdf/", "html/", "overview/"],
        "huggingface.co" | "hf.co" => &["papers/"],
        "doi.org" | "dx.doi.org" => &["10.48550/arXiv.", "10.48550/arxiv."],
        _ => return strip_prefix_ignore_case(text, "10.48550/arxiv."),
    };
    let id = tails.iter().find_map(|tail| path.strip_prefix(tail))?;
    Some(id.split(['?', '#']).next().unwrap_or(id).trim_end_matches('/'))
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

fn strip_version(text: &str) -> &str {
    let id = text.trim_end_matches(|c: char| c.is_ascii_digit());
    match id.strip_suffix('v') {
        Some(base) if id.len() < text.len() && !text[id.len()..].starts_with('0') => base,
        _ => text,
    }
}

fn is_month(yymm: &str) -> bool {
    yymm.get(2..4).and_then(|month| month.parse::<u8>().ok()).is_some_and(|month| (1..=12).contains(&month))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn new_style(id: &str) -> Option<String> {
    let (yymm, number) = id.split_once('.')?;
    if yymm.len() != 4 || !all_digits(yymm) || !all_digits(number) || !is_month(yymm) {
        return None;
    }
    // April 2007 began this form; January 2015 made the numbers five digits long.
    let digits = if yymm < "1501" { 4 } else { 5 };
    (yymm >= "0704" && number.len() == digits).then(|| id.to_owned())
}

fn old_style(id: &str) -> Option<String> {
    let (archive, number) = id.split_once('/')?;
    if number.len() != 7 || !all_digits(number) || !is_month(number) {
        return None;
    }
    let (archive, class) =
        archive.split_once('.').map_or((archive, None), |(name, class)| (name, Some(class)));
    let is_archive = !archive.is_empty()
        && archive.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        && !archive.starts_with('-')
        && !archive.ends_with('-');
    let is_class =
        class.is_none_or(|class| class.len() == 2 && class.bytes().all(|byte| byte.is_ascii_uppercase()));
    (is_archive && is_class).then(|| format!("{archive}/{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_gives_the_same_identifier() {
        for text in [
            "2006.10029",
            " 2006.10029v2 ",
            "arXiv:2006.10029",
            "ARXIV:2006.10029v11",
            "https://arxiv.org/abs/2006.10029",
            "http://arxiv.org/pdf/2006.10029v2.pdf",
            "https://www.arxiv.org/html/2006.10029v1?x=1#top",
            "arxiv.org/abs/2006.10029/",
            "https://huggingface.co/papers/2006.10029",
            "https://huggingface.co/papers/2006.10029.md",
            "https://alphaxiv.org/overview/2006.10029",
            "10.48550/arXiv.2006.10029",
            "https://doi.org/10.48550/arXiv.2006.10029",
        ] {
            assert_eq!(ArxivId::parse(text).map(|id| id.0).as_deref(), Some("2006.10029"), "{text}");
        }
    }

    #[test]
    fn old_identifiers_lose_their_subject_class() {
        for (text, id) in [
            ("hep-th/9901001", "hep-th/9901001"),
            ("math.CA/0611800v2", "math/0611800"),
            ("https://arxiv.org/abs/quant-ph/0201082v1", "quant-ph/0201082"),
            ("0704.0001", "0704.0001"),
        ] {
            assert_eq!(ArxivId::parse(text).map(|id| id.0).as_deref(), Some(id), "{text}");
        }
    }

    #[test]
    fn other_text_is_refused() {
        for text in [
            "",
            "2006",
            "2006.1002",
            "2013.10029",
            "2006.100290",
            "0701.0001",
            "hep-th/99010011",
            "hep-th/9913001",
            "-x/9901001",
            "2006.10029v0",
            "abc.10029",
            "https://example.org/abs/2006.10029",
            "2006.10029; DROP TABLE paper",
            "２００６.10029",
        ] {
            assert_eq!(ArxivId::parse(text), None, "{text}");
        }
    }
}
