//! A message that came back: what kind it is, what it says, and the marks in it.
//!
//! Notifications (RFC 3464), complaints (RFC 5965), bounces in words, answers of machines (RFC 3834 section 5); in this
//! order, because a server that answers for a mailbox says "auto-replied" too. mail-parser takes the message apart;
//! whatever it cannot read is of an unknown kind.

use entity::enums::BounceKind;
use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders as _, PartType};

use crate::keys::Token;
use crate::mail::redact::redacted;
use crate::mail::returned;

use super::{dsn, freeform, verdict};

/// Marks that are tried at most.
const MARKS: usize = 16;

/// Headers that name whom a message was for: the envelope, as servers write it down.
const RECIPIENTS: [&str; 5] = ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To"];

/// What a message says.
#[derive(Clone, Debug)]
pub struct Report {
    /// What kind it is.
    pub kind: BounceKind,
    /// What a server said, on one line, addresses masked.
    pub diagnostic: Option<String>,
    /// The address that it names; nothing follows from it.
    pub address: Option<String>,
    /// The marks in it, none of them verified.
    pub marks: Vec<Token>,
}

/// Reads a message that came to `recipient`, where the mail server says who that was.
#[must_use]
pub fn read(recipient: Option<&str>, octets: &[u8]) -> Report {
    let mut report = Report { kind: BounceKind::Unknown, diagnostic: None, address: None, marks: Vec::new() };
    let mut candidates: Vec<Token> = recipient.and_then(returned::token_of_address).into_iter().collect();
    candidates.extend(marks_in(&String::from_utf8_lossy(octets)));
    if let Some(message) = MessageParser::default().parse(octets) {
        for name in RECIPIENTS {
            let values = message.header_raw(name).unwrap_or_default();
            let words = values.split([' ', ',', '<', '>', '\r', '\n', '\t']);
            candidates.extend(words.filter_map(returned::token_of_address));
        }
        // What stands in a part may have been encoded.
        candidates.extend(parts(&message).iter().flat_map(|part| marks_in(&text_of(part))));
        judge(&message, &mut report);
    }
    candidates.truncate(MARKS);
    report.marks = candidates;
    report
}

fn judge(message: &Message<'_>, report: &mut Report) {
    let parts = parts(message);
    let typed =
        |name: &str| parts.iter().find(|part| is_type(part, "message", name)).map(|part| text_of(part));
    if let Some(feedback) = typed("feedback-report") {
        let kind = field(&feedback, "feedback-type").unwrap_or_default();
        // Others say that a message was no spam, or that a signature failed.
        let is_complaint = matches!(kind.as_str(), "abuse" | "fraud" | "virus" | "other" | "opt-out");
        report.kind = if is_complaint { BounceKind::Complaint } else { BounceKind::Unknown };
        report.address = field(&feedback, "original-rcpt-to");
        report.diagnostic = Some(redacted(&format!("complaint: {kind}")));
        return;
    }
    if let Some(dsn) = typed("delivery-status").and_then(|text| dsn::read(&text)) {
        report.kind = match dsn.action.as_str() {
            "failed" => verdict::of_dsn(&dsn),
            "delayed" => BounceKind::Delayed,
            _ => BounceKind::Unknown,
        };
        let status = dsn.status.map(|(class, subject, detail)| format!("{class}.{subject}.{detail} "));
        report.diagnostic = Some(redacted(&format!("{}{}", status.unwrap_or_default(), dsn.diagnostic)));
        report.address = dsn.recipient;
        return;
    }
    let subject = message.subject().unwrap_or_default();
    if is_from_a_server(message) {
        let text = message.body_text(0).unwrap_or_default();
        let (kind, said) = freeform::read(subject, &text);
        report.kind = kind;
        report.diagnostic = said.map(|said| redacted(&said));
        report.address = message.header_raw("X-Failed-Recipients").map(|text| text.trim().to_owned());
    } else if is_automatic(message, subject) {
        report.kind = BounceKind::Reply;
    }
}

/// The parts of a message, and those of messages that it forwards, the own ones first.
fn parts<'a>(message: &'a Message<'a>) -> Vec<&'a MessagePart<'a>> {
    let mut parts: Vec<_> = message.parts.iter().collect();
    for part in &message.parts {
        if let PartType::Message(inner) = &part.body {
            parts.extend(inner.parts.iter());
        }
    }
    parts
}

fn is_type(part: &MessagePart<'_>, kind: &str, name: &str) -> bool {
    part.content_type().is_some_and(|content_type| {
        content_type.ctype().eq_ignore_ascii_case(kind)
            && content_type.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case(name))
    })
}

fn text_of(part: &MessagePart<'_>) -> String {
    match &part.body {
        PartType::Message(inner) => String::from_utf8_lossy(inner.raw_message()).into_owned(),
        PartType::Multipart(_) => String::new(),
        _ => String::from_utf8_lossy(part.contents()).into_owned(),
    }
}

/// The value of a field, lower-case.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_lowercase())
    })
}

/// The marks in lines that are the header, quoted or not.
fn marks_in(text: &str) -> Vec<Token> {
    text.lines()
        .filter_map(|line| {
            let line = line.trim_start_matches(['>', ' ', '|', '\t']);
            let (name, value) = line.split_once(':')?;
            if !name.eq_ignore_ascii_case(returned::HEADER) {
                return None;
            }
            Token::parse_envelope(value.split_whitespace().next()?)
        })
        .take(MARKS)
        .collect()
}

/// Whether a mail server speaks: the sender is empty, or its own.
fn is_from_a_server(message: &Message<'_>) -> bool {
    if message.header_raw("X-Failed-Recipients").is_some() {
        return true;
    }
    let is_empty = message.header_raw("Return-Path").is_some_and(|path| path.trim() == "<>");
    let from = message.header_raw("From").unwrap_or_default().to_lowercase();
    let is_daemon =
        ["mailer-daemon", "postmaster", "mail delivery", "mdaemon"].iter().any(|name| from.contains(name));
    let subject = message.subject().unwrap_or_default().to_lowercase();
    let speaks = ["undeliver", "failure", "failed", "returned mail", "delivery", "delayed", "rejected"];
    is_daemon || (is_empty && speaks.iter().any(|word| subject.contains(word)))
}

/// Whether a machine answers for a person. RFC 3834 section 5, and what came before it.
fn is_automatic(message: &Message<'_>, subject: &str) -> bool {
    let header = |name: &'static str| message.header_raw(name).map(|value| value.trim().to_lowercase());
    let is_submitted = header("Auto-Submitted").is_some_and(|value| !value.starts_with("no"));
    let is_old =
        ["X-Autoreply", "X-Autorespond", "X-Autoresponder"].iter().any(|name| header(name).is_some())
            || header("Precedence").is_some_and(|value| value == "auto_reply");
    let subject = subject.to_lowercase();
    let says_so = ["automatic reply", "out of office", "auto:", "autoreply", "abwesen"];
    is_submitted || is_old || says_so.iter().any(|start| subject.starts_with(start))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::{Keys, Purpose};

    const REPORT: &str = "From: MAILER-DAEMON@mx.example.net\r\nTo: b+x@bounces.example.org\r\n\
        Subject: Undelivered\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n\
        --x\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
        --x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n\
        Final-Recipient: rfc822; ada@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\
        Diagnostic-Code: smtp; 550 5.1.1 ada@example.org is not known\r\n\r\n\
        --x\r\nContent-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: base64\r\n\r\nORIGINAL\r\n--x--\r\n";

    #[test]
    fn a_mark_is_found_where_it_was_encoded() {
        let keys = Keys::parse("a key that is long enough for anyone").unwrap();
        let header = format!("X-Delivery: {}\r\n", keys.envelope_token(Purpose::Returned, 7, "nonce"));
        let original = data_encoding::BASE64.encode(header.as_bytes());
        let report = read(None, REPORT.replace("ORIGINAL", &original).as_bytes());
        assert_eq!(report.kind, BounceKind::Hard);
        assert_eq!(report.address.as_deref(), Some("ada@example.org"));
        assert_eq!(report.diagnostic.as_deref(), Some("5.1.1 550 5.1.1 a***@example.org is not known"));
        assert_eq!(report.marks.iter().map(|mark| mark.id).collect::<Vec<_>>(), [7]);
        assert!(keys.verify(report.marks[0], Purpose::Returned, "nonce"));
        let many = format!("{}\r\n{}", header.repeat(100), REPORT);
        assert_eq!(read(None, many.as_bytes()).marks.len(), MARKS);
    }

    #[test]
    fn machines_and_servers_are_told_apart() {
        for (head, kind) in [
            ("From: ada@example.org\r\nSubject: Re: hello", BounceKind::Unknown),
            ("From: ada@example.org\r\nAuto-Submitted: no\r\nSubject: x", BounceKind::Unknown),
            ("From: ada@example.org\r\nAuto-Submitted: auto-replied", BounceKind::Reply),
            ("From: ada@example.org\r\nSubject: Automatic reply: away", BounceKind::Reply),
            ("From: ada@example.org\r\nX-Autoreply: yes", BounceKind::Reply),
            ("From: Mailer-Daemon@x.example\r\nAuto-Submitted: auto-replied", BounceKind::Hard),
            ("X-Failed-Recipients: ada@example.org\r\nFrom: x@x.example", BounceKind::Hard),
            ("Return-Path: <>\r\nFrom: x@x.example\r\nSubject: Hello", BounceKind::Unknown),
        ] {
            let message = format!("{head}\r\n\r\n550 5.1.1 no such user\r\n");
            assert_eq!(read(None, message.as_bytes()).kind, kind, "{head}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_read(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
            let report = read(Some(&String::from_utf8_lossy(&octets)), &octets);
            prop_assert!(report.marks.len() <= MARKS);
        }

        #[test]
        fn any_damage_is_read(at in 0..REPORT.len(), length in 0..80_usize, put in "\\PC{0,8}") {
            let mut damaged = REPORT.as_bytes().to_vec();
            let end = (at + length).min(damaged.len());
            damaged.splice(at..end, put.bytes());
            prop_assert!(read(None, &damaged).marks.is_empty());
        }
    }
}
