//! A linter for messages: requirements of the standards and of large receivers for mail that a service sends. It reads
//! the octets itself: no code of the service, and no lenient parser.
//!
//! [`faults`] answers everything that is wrong with a message. The mail server of the tests asks it about every mail
//! that it takes.

mod dkim;
mod headers;
mod lists;
mod parts;

use headers::Headers;

/// All faults of a message, in words.
pub fn faults(message: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    let Ok(text) = std::str::from_utf8(message) else { return vec!["octets that are not UTF-8".to_owned()] };
    if !text.is_ascii() {
        faults.push("octets beyond ASCII".to_owned());
    }
    if text.replace("\r\n", "").contains(['\r', '\n']) {
        faults.push("a bare CR or LF (RFC 5321 section 2.3.8)".to_owned());
    }
    for line in text.split("\r\n").filter(|line| line.len() > 998) {
        faults.push(format!("a line of {} octets, of 998 (RFC 5322 section 2.1.1)", line.len()));
    }
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        faults.push("no empty line after the headers".to_owned());
        return faults;
    };
    let headers = Headers::read(head, &mut faults);
    headers::count(&headers, &mut faults);
    headers::encoded_words(head, &mut faults);
    headers::addresses(&headers, &mut faults);
    headers::machine(&headers, &mut faults);
    lists::check(&headers, &mut faults);
    dkim::check(&headers, &mut faults);
    let kind = headers.get("content-type").unwrap_or_default();
    parts::check(kind, body, &mut faults);
    faults
}
