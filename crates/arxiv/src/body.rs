//! The body of a response, before it is parsed: its size, and the texts that arXiv serves in place of a document.
//!
//! "Rate exceeded." comes with status 200 as well as with 429; the servers of the old address answered "Retry after N
//! seconds" as text or HTML. Source: <https://info.arxiv.org/help/api/tou.html>,
//! <https://info.arxiv.org/help/oa/index.html>.

use std::borrow::Cow;
use std::time::Duration;

use crate::error::{PageError, quoted};

/// Octets of a page.
pub(crate) const MAX_PAGE_OCTETS: usize = 64 * 1024 * 1024;

/// Octets at the beginning in which a message in place of a document is looked for.
const MAX_MESSAGE_OCTETS: usize = 4 * 1024;

/// The longest delay that is believed.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(24);

/// The text of a page that begins as a document does: with a tag. Octets that are not UTF-8 become U+FFFD.
///
/// # Errors
/// The page is empty, too large, or a message in place of a document.
pub(crate) fn document(octets: &[u8]) -> Result<Cow<'_, str>, PageError> {
    if octets.len() > MAX_PAGE_OCTETS {
        return Err(PageError::Limit("64 MiB"));
    }
    let octets = octets.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(octets).trim_ascii_start();
    if octets.is_empty() {
        return Err(PageError::Empty);
    }
    let head = String::from_utf8_lossy(&octets[..octets.len().min(MAX_MESSAGE_OCTETS)]).to_ascii_lowercase();
    if !octets.starts_with(b"<") {
        let error = message(&head);
        return Err(error.unwrap_or_else(|| PageError::Unexpected(format!("{:?}", quoted(&head)))));
    }
    Ok(String::from_utf8_lossy(octets))
}

/// The text of an XML document.
///
/// # Errors
/// As [`document`], or the page is HTML.
pub(crate) fn xml(octets: &[u8]) -> Result<Cow<'_, str>, PageError> {
    let text = document(octets)?;
    let start = text.get(..14).unwrap_or(&text).to_ascii_lowercase();
    if start.starts_with("<html") || start.starts_with("<!doctype html") {
        return Err(html(&text));
    }
    Ok(text)
}

/// The error that an HTML page is in place of XML.
pub(crate) fn html(text: &str) -> PageError {
    let head = text.char_indices().nth(MAX_MESSAGE_OCTETS).map_or(text, |(end, _)| &text[..end]);
    // Letters outside of ASCII stay, so that places in one are places in the other.
    let lower = head.to_ascii_lowercase();
    message(&lower).unwrap_or_else(|| PageError::Html { title: title(head, &lower).unwrap_or_default() })
}

/// The error that a message says; the text is in lower case.
fn message(text: &str) -> Option<PageError> {
    const RETRY_AFTER: &str = "retry after ";
    if let Some(at) = text.find(RETRY_AFTER) {
        let seconds: String = text[at + RETRY_AFTER.len()..]
            .chars()
            .take_while(char::is_ascii_digit)
            .take(MAX_RETRY_AFTER.as_secs().to_string().len())
            .collect();
        let delay = seconds.parse().ok().map(|seconds| Duration::from_secs(seconds).min(MAX_RETRY_AFTER));
        return Some(PageError::Unavailable { retry_after: delay });
    }
    if text.contains("rate exceeded") || text.contains("too many requests") {
        return Some(PageError::RateExceeded);
    }
    let is_unavailable =
        text.contains("service unavailable") || text.contains("service temporarily unavailable");
    is_unavailable.then_some(PageError::Unavailable { retry_after: None })
}

fn title(text: &str, lower: &str) -> Option<String> {
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find('<')?;
    Some(quoted(&text[start..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_in_place_of_documents_are_recognized() {
        let minute = Some(Duration::from_mins(1));
        for (body, error) in [
            ("", PageError::Empty),
            ("\u{FEFF} \n", PageError::Empty),
            ("Rate exceeded.", PageError::RateExceeded),
            ("  rate EXCEEDED", PageError::RateExceeded),
            ("Retry after 60 seconds", PageError::Unavailable { retry_after: minute }),
            ("<html><body><h1>Retry after 60 seconds</h1>", PageError::Unavailable { retry_after: minute }),
            ("<HTML><title>503 Service Unavailable</title>", PageError::Unavailable { retry_after: None }),
            (
                "<!DOCTYPE html>\n<html><head><TITLE lang=en> Proxy\n é </TITLE>",
                PageError::Html { title: "Proxy é".to_owned() },
            ),
            ("<html>", PageError::Html { title: String::new() }),
            ("no document", PageError::Unexpected("\"no document\"".to_owned())),
        ] {
            assert_eq!(xml(body.as_bytes()), Err(error), "{body}");
        }
        let far = format!("Retry after {} seconds", "9".repeat(90));
        assert_eq!(xml(far.as_bytes()), Err(PageError::Unavailable { retry_after: Some(MAX_RETRY_AFTER) }));
        assert_eq!(xml(b"\xEF\xBB\xBF\n<feed>\xFF"), Ok(Cow::from("<feed>\u{FFFD}")));
    }

    #[test]
    fn large_pages_are_refused() {
        assert_eq!(document(&vec![b'<'; MAX_PAGE_OCTETS + 1]), Err(PageError::Limit("64 MiB")));
    }
}
