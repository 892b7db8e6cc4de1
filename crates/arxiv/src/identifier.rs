//! arXiv identifiers, in every form in which people paste them.
//!
//! New ones are `YYMM.NNNN` (2007-04 to 2014-12) and `YYMM.NNNNN` (since 2015-01); old ones are
//! `archive/YYMMNNN`, where a subject class as in `math.CA/0611800` is dropped. Versions are cut off.
//! Source: <https://info.arxiv.org/help/arxiv_identifier.html>.

use std::fmt;

use chrono::{Months, NaiveDate};
use serde::Serialize;

/// Bytes of a text that is looked at.
const MAX_LENGTH: usize = 300;

/// The archives of the old identifiers, those that were closed later among them; some people leave their dashes out.
/// Source: <https://info.arxiv.org/help/arxiv_identifier.html>, <https://arxiv.org/archive>.
const ARCHIVES: [&str; 35] = [
    "acc-phys", "adap-org", "alg-geom", "ao-sci", "astro-ph", "atom-ph", "bayes-an", "chao-dyn", "chem-ph",
    "cmp-lg", "comp-gas", "cond-mat", "cs", "dg-ga", "funct-an", "gr-qc", "hep-ex", "hep-lat", "hep-ph",
    "hep-th", "math", "math-ph", "mtrl-th", "nlin", "nucl-ex", "nucl-th", "patt-sol", "physics", "plasm-ph",
    "q-alg", "q-bio", "quant-ph", "solv-int", "stat", "supr-con",
];

/// An arXiv identifier without its version, such as `2006.10029` or `hep-th/9901001`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ArxivId(String);

impl ArxivId {
    /// Reads an identifier, with or without a version, `arXiv:`, its form in OAI-PMH, a DOI of arXiv, or the address
    /// of a page that shows the paper. `None` if the text is none of these.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_with_version(text).map(|(id, _)| id)
    }

    /// Reads an identifier as [`ArxivId::parse`] does, and the version that it names.
    #[must_use]
    pub fn parse_with_version(text: &str) -> Option<(Self, Option<u32>)> {
        let text = text.trim();
        if text.len() > MAX_LENGTH || !text.is_ascii() {
            return None;
        }
        let text = strip_prefix_ignore_case(text, "oai:arxiv.org:").unwrap_or(text);
        let text = strip_address(text).unwrap_or(text);
        // What arXiv's own library takes away before it looks.
        let mut id = text.trim_start_matches('/').to_ascii_lowercase();
        if let Some(rest) = id.strip_prefix("arxiv:") {
            id = rest.trim_start().to_owned();
        }
        for extension in [".pdf", ".ps.gz", ".gz", ".ps", ".md"] {
            if let Some(rest) = id.strip_suffix(extension) {
                id.truncate(rest.len());
                break;
            }
        }
        while id.contains("//") || id.contains("--") {
            id = id.replace("//", "/").replace("--", "-");
        }
        let id = id.split('#').next().unwrap_or_default().trim_end_matches('/');
        let (id, version) = split_version(id);
        let id = new_style(id).or_else(|| old_style(id))?;
        Some((Self(id), version))
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last day of the month in which it was given, which both styles say (`YYMM`).
    #[must_use]
    pub fn month_end(&self) -> Option<NaiveDate> {
        let digits = self.0.rsplit('/').next()?;
        let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u32>().ok();
        let (year, month) = (number(0..2)?, number(2..4)?);
        let year = i32::try_from(year + if year >= 91 { 1_900 } else { 2_000 }).ok()?;
        NaiveDate::from_ymd_opt(year, month, 1)?.checked_add_months(Months::new(1))?.pred_opt()
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

/// The rest of an address of arXiv, or of a site that mirrors its paths, after the host and the kind of page.
fn strip_address(text: &str) -> Option<&str> {
    if let Some(id) = ["doi:", ""].iter().find_map(|prefix| {
        let rest = strip_prefix_ignore_case(text, prefix)?.trim_start();
        strip_prefix_ignore_case(rest, "10.48550/arxiv.")
    }) {
        return Some(id);
    }
    let rest = strip_prefix_ignore_case(text, "https://")
        .or_else(|| strip_prefix_ignore_case(text, "http://"))
        .unwrap_or(text);
    let rest = strip_prefix_ignore_case(rest, "www.").unwrap_or(rest);
    let (host, path) = rest.split_once('/')?;
    let host = host.to_ascii_lowercase();
    let is_arxiv = host == "arxiv.org" || host.ends_with(".arxiv.org");
    let tails: &[&str] = match host.as_str() {
        _ if is_arxiv => &["abs/", "pdf/", "html/", "ps/", "format/", "e-print/", "src/"],
        "alphaxiv.org" => &["abs/", "pdf/", "html/", "overview/"],
        "ar5iv.org" | "ar5iv.labs.arxiv.org" => &["abs/", "html/"],
        "huggingface.co" | "hf.co" => &["papers/"],
        "doi.org" | "dx.doi.org" => &["10.48550/arxiv."],
        _ => return None,
    };
    let id = tails.iter().find_map(|tail| strip_prefix_ignore_case(path, tail))?;
    Some(id.split(['?', '#']).next().unwrap_or(id).trim_end_matches('/'))
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

/// The identifier and its version; `v0` is not a version, so that the whole is not an identifier.
fn split_version(text: &str) -> (&str, Option<u32>) {
    let id = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &text[id.len()..];
    match (id.strip_suffix('v'), number.parse()) {
        (Some(base), Ok(version)) if !number.starts_with('0') => (base, Some(version)),
        _ => (text, None),
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
    let is_one = yymm >= "0704" && number.len() == digits && number.bytes().any(|digit| digit != b'0');
    is_one.then(|| id.to_owned())
}

/// The form of 1991 to March 2007; the slash may be missing, as in names of files.
fn old_style(id: &str) -> Option<String> {
    let (archive, number) = match id.split_once('/') {
        Some(parts) => parts,
        None => id.split_at_checked(id.len().checked_sub(7)?)?,
    };
    if number.len() != 7 || !all_digits(number) || !is_month(number) || number.ends_with("000") {
        return None;
    }
    let year = &number[..4];
    // "91" to "99", then "00" to "07".
    if !("9101" <= year || year <= "0703") {
        return None;
    }
    let (name, class) = archive.split_once('.').map_or((archive, None), |(name, class)| (name, Some(class)));
    let is_class = |class: &str| {
        class.len() >= 2
            && class.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            && !class.starts_with('-')
            && !class.ends_with('-')
    };
    let known = ARCHIVES.iter().find(|known| **known == name || known.replace('-', "") == name)?;
    class.is_none_or(is_class).then(|| format!("{known}/{number}"))
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
            "https://doi.org/10.48550/ARXIV.2006.10029v3",
            "doi:10.48550/arXiv.2006.10029",
            "2006.10029V3",
            "https://arxiv.org/pdf/2006.10029v2.PDF",
            "https://export.arxiv.org/abs/2006.10029#top",
            "https://de.arxiv.org/e-print/2006.10029",
            "HTTPS://ARXIV.ORG/ABS/2006.10029",
            "/2006.10029",
            "arXiv: 2006.10029",
            "oai:arXiv.org:2006.10029v1",
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
            ("hep-th/9711200", "hep-th/9711200"),
            ("HEP-TH/9711201", "hep-th/9711201"),
            ("math.GT/0309136v1", "math/0309136"),
            ("cond-mat.stat-mech/9901001", "cond-mat/9901001"),
            ("cs.CL/0601001", "cs/0601001"),
            ("cs.cl/0601001V2", "cs/0601001"),
            ("astro-ph9912010", "astro-ph/9912010"),
            ("astroph/9912010", "astro-ph/9912010"),
            ("grqc9912010v2.ps.gz", "gr-qc/9912010"),
            ("hep-th//9711200", "hep-th/9711200"),
            ("10.48550/arXiv.hep-th/9711200", "hep-th/9711200"),
        ] {
            assert_eq!(ArxivId::parse(text).map(|id| id.0).as_deref(), Some(id), "{text}");
        }
    }

    #[test]
    fn the_month_of_an_identifier_ends() {
        for (id, end) in
            [("2402.00001", "2024-02-29"), ("hep-th/9912001", "1999-12-31"), ("0704.0001", "2007-04-30")]
        {
            assert_eq!(ArxivId::parse(id).unwrap().month_end().unwrap().to_string(), end);
        }
    }

    #[test]
    fn versions_are_read() {
        for (text, version) in
            [("2006.10029", None), ("2006.10029v12", Some(12)), ("math.GT/0309136V1", Some(1))]
        {
            assert_eq!(ArxivId::parse_with_version(text).unwrap().1, version, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parsed_identifiers_round_trip(text in "(arxiv:|https://arxiv.org/abs/)?[a-zA-Z.-]{0,10}/?[0-9.]{4,10}(v[0-9]{1,12})?") {
            if let Some(id) = ArxivId::parse(&text) {
                proptest::prop_assert_eq!(ArxivId::parse(id.as_str()), Some(id));
            }
        }
    }

    #[test]
    fn invalid_text_is_refused() {
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
            "2006.00000",
            "hep-th/0704001",
            "hep-th/9001001",
            "hep-th/9901000",
            "9901001",
            "abc.10029",
            "https://example.org/abs/2006.10029",
            "2006.10029; DROP TABLE paper",
            "２００６.10029",
        ] {
            assert_eq!(ArxivId::parse(text), None, "{text}");
        }
    }
}
