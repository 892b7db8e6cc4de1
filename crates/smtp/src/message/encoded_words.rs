//! Text in headers that would be read as encoded words, though it is none.
//!
//! A title may be `=?utf-8?q?x?=`, and a program that reads headers shows `x`. RFC 2047 section 5 has no escape for it, so
//! such a text is encoded as a whole. Other text is left to lettre.

use email_encoding::headers::rfc2047;
use email_encoding::headers::writer::EmailWriter;
use lettre::message::Mailbox;
use lettre::message::header::{HeaderName, HeaderValue};

/// The header, if its text looks like an encoded word; `None` if it is a text like any other.
pub(super) fn text_header(name: &'static str, text: &str) -> Option<HeaderValue> {
    let encoded = encode(name, text)?;
    Some(HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        text.to_owned(),
        encoded,
    ))
}

/// The header of an address whose name looks like an encoded word; `None` if it does not.
pub(super) fn mailbox_header(name: &'static str, mailbox: &Mailbox) -> Option<HeaderValue> {
    let display_name = mailbox.name.as_deref()?;
    let encoded = format!("{}\r\n <{}>", encode(name, display_name)?, mailbox.email);
    let name = HeaderName::new_from_ascii_str(name);
    Some(HeaderValue::dangerous_new_pre_encoded(name, mailbox.to_string(), encoded))
}

/// Encoded words of a text that has the beginning of one in it.
fn encode(name: &str, text: &str) -> Option<String> {
    if !text.contains("=?") {
        return None;
    }
    let mut encoded = String::new();
    let mut writer = EmailWriter::new(&mut encoded, name.len() + ": ".len(), 0, false);
    // Writing to a String cannot fail.
    rfc2047::encode(text, &mut writer).ok()?;
    drop(writer);
    Some(encoded)
}

#[cfg(test)]
mod tests {
    use lettre::message::header::Headers;
    use mail_parser::MessageParser;

    use super::*;

    #[test]
    fn a_text_that_looks_encoded_is_read_as_it_is() {
        let long = "=?utf-8?q?x?= ".repeat(40);
        for text in ["=?utf-8?q?x?=", "On =?utf-8?q?x?= and é", "a =? b", "=?=?", long.trim()] {
            let mut headers = Headers::new();
            headers.insert_raw(text_header("Subject", text).unwrap());
            let mailbox = Mailbox::new(Some(text.to_owned()), "ada@example.org".parse().unwrap());
            headers.insert_raw(mailbox_header("From", &mailbox).unwrap());
            let written = headers.to_string();
            assert!(written.lines().all(|line| line.len() <= 78), "{written}");
            let message = MessageParser::default().parse(written.as_bytes()).unwrap();
            assert_eq!(message.subject(), Some(text), "{written}");
            let from = message.from().and_then(|from| from.first()).unwrap();
            assert_eq!((from.name(), from.address()), (Some(text), Some("ada@example.org")), "{written}");
        }
    }

    #[test]
    fn plain_text_is_not_encoded() {
        for text in ["A title", "Is 1 = 2?", "é", "?="] {
            assert!(text_header("Subject", text).is_none(), "{text}");
        }
    }
}
