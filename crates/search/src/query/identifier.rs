//! Identifiers that are typed as a query: arXiv's, DOIs, and addresses that hold one.

/// The hosts whose paths hold identifiers.
const HOSTS: [&str; 8] = [
    "arxiv.org",
    "www.arxiv.org",
    "export.arxiv.org",
    "alphaxiv.org",
    "www.alphaxiv.org",
    "huggingface.co",
    "doi.org",
    "dx.doi.org",
];

/// What may stand before an identifier in the path of an address.
const FOLDERS: [&str; 6] = ["abs/", "pdf/", "html/", "papers/", "format/", "overview/"];

/// The identifier that a query is: an arXiv identifier without its version, or a DOI, in lower case.
pub(super) fn identifier(typed: &str) -> Option<String> {
    let text = typed.trim().to_ascii_lowercase();
    let bare = path(&text).or_else(|| text.strip_prefix("arxiv:")).or_else(|| text.strip_prefix("doi:"));
    let bare = bare.unwrap_or(&text).trim();
    let bare = bare.split(['?', '#']).next().unwrap_or(bare).trim_end_matches('/');
    let bare = bare.strip_suffix(".pdf").unwrap_or(bare);
    arxiv(bare).or_else(|| is_doi(bare).then(|| arxiv_of_doi(bare).unwrap_or_else(|| bare.to_owned())))
}

/// The path of an address of a known host, without folders.
fn path(text: &str) -> Option<&str> {
    let address = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let (host, path) = address.split_once('/')?;
    HOSTS.contains(&host).then_some(())?;
    Some(FOLDERS.iter().find_map(|folder| path.strip_prefix(folder)).unwrap_or(path))
}

/// `2401.12345`, `hep-th/9901001` and `math.gt/0309136`, without the version.
/// <https://info.arxiv.org/help/arxiv_identifier.html>
fn arxiv(text: &str) -> Option<String> {
    let bare = match text.rsplit_once('v') {
        Some((bare, version)) if is_number(version, 1..=3) => bare,
        _ => text,
    };
    let is_new = bare
        .split_once('.')
        .is_some_and(|(month, number)| is_number(month, 4..=4) && is_number(number, 4..=5));
    let is_old = bare.split_once('/').is_some_and(|(archive, number)| {
        let letter = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'.');
        is_number(number, 7..=7) && !archive.is_empty() && archive.bytes().all(letter)
    });
    if is_old {
        // math.gt/0309136 is known as math/0309136.
        let (archive, number) = bare.split_once('/')?;
        let archive = archive.split('.').next().unwrap_or(archive);
        return Some(format!("{archive}/{number}"));
    }
    is_new.then(|| bare.to_owned())
}

/// A DOI's prefix, a slash and something. DOI Handbook, section 2.2.
fn is_doi(text: &str) -> bool {
    text.split_once('/').is_some_and(|(prefix, suffix)| {
        let registrant = prefix.strip_prefix("10.").unwrap_or("");
        let is_registrant =
            registrant.len() >= 4 && registrant.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        is_registrant && !suffix.is_empty() && !suffix.contains(char::is_whitespace)
    })
}

/// The arXiv identifier in a DOI that arXiv gave, `10.48550/arxiv.2401.12345`.
fn arxiv_of_doi(doi: &str) -> Option<String> {
    arxiv(doi.strip_prefix("10.48550/arxiv.")?)
}

fn is_number(text: &str, digits: std::ops::RangeInclusive<usize>) -> bool {
    digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
