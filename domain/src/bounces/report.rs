//! The report in a returned message: its kind, its diagnostic and the marks in it.
//!
//! Notifications (RFC 3464), complaints (RFC 5965), bounces in words, answers of machines (RFC 3834 section 5); in this
//! order, because a server that answers for a mailbox says "auto-replied" too ([`super::origin`]). [`super::mime`] takes the
//! message apart within bounds; whatever it cannot read is of an unknown kind.

use entity::enums::BounceKind;
use smtp::redacted;

use crate::keys::Token;
use crate::mail::verp;

use super::mime::{self, Part, Parts};
use super::{dsn, freeform, origin, verdict, words};

/// The maximum number of marks that are tried.
const MAX_MARKS: usize = 16;

/// Headers in which servers record the envelope recipient.
const RECIPIENT_HEADERS: [&str; 5] = ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to"];

/// The content of a message.
#[derive(Clone, Debug)]
pub struct Report {
    /// The kind.
    pub kind: BounceKind,
    /// A server's reply on one line, with addresses masked.
    pub diagnostic: Option<String>,
    /// The address that it names; nothing follows from it.
    pub address: Option<String>,
    /// The marks in it, none of them verified.
    pub marks: Vec<Token>,
}

/// Reads a message that came to `recipient`, if the mail server says who that was.
#[must_use]
pub fn read(recipient: Option<&str>, bytes: &[u8]) -> Report {
    let mut report = Report { kind: BounceKind::Unknown, diagnostic: None, address: None, marks: Vec::new() };
    let bytes = &bytes[..bytes.len().min(mime::MAX_BYTES)];
    let mut candidates: Vec<Token> = recipient.and_then(verp::token_of_address).into_iter().collect();
    candidates.extend(marks_in(&String::from_utf8_lossy(bytes)));
    let message = mime::read(bytes);
    for name in RECIPIENT_HEADERS {
        candidates.extend(message.header.all(name).flat_map(addresses).filter_map(verp::token_of_address));
    }
    // What stands in a part may have been encoded.
    candidates.extend(message.parts.iter().flat_map(|part| marks_in(&part.text)));
    candidates.truncate(MAX_MARKS);
    report.marks = candidates;
    judge(recipient, &message, &mut report);
    report
}

fn judge(recipient: Option<&str>, message: &Parts, report: &mut Report) {
    let typed = |types: &[&str]| {
        let is_typed = |part: &&Part| types.contains(&part.media_type.as_str());
        let own = message.parts.iter().filter(|part| !part.is_inner).find(is_typed);
        own.or_else(|| message.parts.iter().find(is_typed)).map(|part| part.text.as_str())
    };
    if let Some(feedback) = typed(&["message/feedback-report"]) {
        complain(feedback, report);
        return;
    }
    let subject = message.header.decoded("subject").unwrap_or_default();
    let is_server = origin::is_server(&message.header, &subject);
    let text = own_text(message);
    let status = typed(&["message/delivery-status", "message/global-delivery-status"]).and_then(dsn::read);
    // A boundary that is broken leaves the fields among the words.
    if let Some(dsn) = status.or_else(|| dsn::read(&text).filter(|_| is_server)) {
        notify(dsn, &text, report);
    } else if is_server {
        let (kind, said) = freeform::read(&subject, &text);
        report.kind = kind;
        report.diagnostic = said.map(|said| redacted(&said));
        report.address = message.header.get("x-failed-recipients").map(|text| text.trim().to_owned());
    } else if wants_no_more(recipient, message, &subject) {
        report.kind = BounceKind::Unsubscribe;
    } else if origin::is_automatic(&message.header, &subject) {
        report.kind = BounceKind::Reply;
    }
}

/// Whether somebody, or a mail program for them, asks for no more mail: at the address that `List-Unsubscribe` has for
/// it whatever the words are, else by that word as the subject. Apple's programs say "auto-replied" there.
fn wants_no_more(recipient: Option<&str>, message: &Parts, subject: &str) -> bool {
    let is_there = |address: &str| verp::is_for_leaving(address);
    let named = RECIPIENT_HEADERS.iter().flat_map(|name| message.header.all(name)).flat_map(addresses);
    recipient.is_some_and(is_there)
        || named.into_iter().any(is_there)
        || subject.trim().eq_ignore_ascii_case("unsubscribe")
}

/// The addresses of a header, roughly.
fn addresses(value: &str) -> impl Iterator<Item = &str> {
    value.split([' ', ',', '<', '>', '\t'])
}

/// The content of a complaint. RFC 5965 section 3.
fn complain(feedback: &str, report: &mut Report) {
    let kind = field(feedback, "feedback-type").unwrap_or_default();
    let word = kind.split([' ', '(', ';']).next().unwrap_or_default();
    // Others say that a message was no spam, or that a signature failed.
    let is_complaint = matches!(word, "abuse" | "fraud" | "virus" | "other" | "miscategorized")
        || word.starts_with("opt-out");
    report.kind = if is_complaint { BounceKind::Complaint } else { BounceKind::Unknown };
    report.address = field(feedback, "original-rcpt-to");
    report.diagnostic = Some(redacted(&format!("complaint: {word}")));
}

/// The content of a notification.
fn notify(dsn: dsn::Dsn, text: &str, report: &mut Report) {
    let (kind, words) = match dsn.action.as_str() {
        "failed" => failed(&dsn, text),
        "delayed" => (BounceKind::Delayed, None),
        _ => (BounceKind::Unknown, None),
    };
    let said = words.filter(|_| dsn.diagnostic.is_empty()).unwrap_or(dsn.diagnostic);
    let status = dsn.status.map(|(class, subject, detail)| format!("{class}.{subject}.{detail} "));
    report.kind = kind;
    report.diagnostic = Some(redacted(&format!("{}{said}", status.unwrap_or_default())));
    report.address = dsn.recipient;
}

/// Why a recipient failed: by the notification, or by the words beside it, if it does not tell.
fn failed(dsn: &dsn::Dsn, text: &str) -> (BounceKind, Option<String>) {
    let (kind, words) = match verdict::of_dsn(dsn) {
        Some(kind) => (kind, None),
        None => match freeform::read("", text) {
            (BounceKind::Delayed | BounceKind::Unknown, _) => (verdict::by_class(dsn.status), None),
            told => told,
        },
    };
    // Some servers say in words alone that a mailbox is closed, and let another one's "user unknown" stand beside a status that is
    // empty.
    let quoted = words.as_deref().unwrap_or(&dsn.diagnostic);
    let may_be_closed =
        kind == BounceKind::Hard && verdict::is_weak(dsn.status) && dsn::status_in(quoted).is_none();
    let said = || freeform::said_by_the_server(text).collect::<Vec<_>>().join(" ");
    let is_closed = may_be_closed && words::is_closed(&words::plain(&said()));
    (if is_closed { BounceKind::Soft } else { kind }, words)
}

/// The text of the message itself.
fn own_text(message: &Parts) -> String {
    let own = |media_type: &str| {
        let is_own = |part: &&Part| !part.is_inner && part.media_type == media_type;
        message.parts.iter().filter(is_own).map(|part| part.text.as_str()).collect::<Vec<_>>().join("\n\n")
    };
    let plain = own("text/plain");
    if !plain.trim().is_empty() {
        return plain;
    }
    let html = own("text/html");
    if html.trim().is_empty() {
        message.parts.iter().find(|part| !part.is_inner).map(|part| part.text.clone()).unwrap_or_default()
    } else {
        html
    }
}

/// The value of a field, folded or not, in lower case.
fn field(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines();
    let value = lines.find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.trim().eq_ignore_ascii_case(name).then_some(value)
    })?;
    let folded = lines.take_while(|line| line.starts_with([' ', '\t']));
    let value = std::iter::once(value).chain(folded).map(str::trim).collect::<Vec<_>>().join(" ");
    Some(value.trim().to_lowercase())
}

/// The marks in lines that are the header, quoted or not.
pub(super) fn marks_in(text: &str) -> Vec<Token> {
    text.lines()
        .filter_map(|line| {
            let line = line.trim_start_matches(['>', ' ', '|', '\t']);
            let (name, value) = line.split_once(':')?;
            if !name.eq_ignore_ascii_case(verp::HEADER) {
                return None;
            }
            Token::parse(value.split_whitespace().next()?)
        })
        .take(MAX_MARKS)
        .collect()
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
    fn encoded_marks_are_found() {
        let keys = Keys::parse("a key that is long enough for anyone").unwrap();
        let header = format!("X-Delivery: {}\r\n", keys.token(Purpose::Returned, 7, "nonce"));
        let original = data_encoding::BASE64.encode(header.as_bytes());
        let report = read(None, REPORT.replace("ORIGINAL", &original).as_bytes());
        assert_eq!(report.kind, BounceKind::Hard);
        assert_eq!(report.address.as_deref(), Some("ada@example.org"));
        assert_eq!(report.diagnostic.as_deref(), Some("5.1.1 550 5.1.1 a***@example.org is not known"));
        assert_eq!(report.marks.iter().map(|mark| mark.id).collect::<Vec<_>>(), [7]);
        assert!(keys.verify(report.marks[0], Purpose::Returned, "nonce"));
        let many = format!("{}\r\n{}", header.repeat(100), REPORT);
        assert_eq!(read(None, many.as_bytes()).marks.len(), MAX_MARKS);
    }

    #[test]
    fn delivery_status_notifications_are_read() {
        let report = |text: &str, fields: &str| {
            let whole = REPORT.replace("Sorry.", text);
            let (before, after) = whole.split_once("Status: 5.1.1").unwrap();
            let (_, after) = after.split_once("not known\r\n").unwrap();
            read(None, format!("{before}{fields}\r\n{after}").as_bytes()).kind
        };
        for (text, fields, kind) in [
            ("ada@example.org\r\n  550 5.1.1 no such user", "Status: 5.0.0", BounceKind::Hard),
            ("all relevant MX records point to non-existent hosts", "Status: 5.0.0", BounceKind::Hard),
            (
                "The account is disabled.\r\n\r\n<ada@example.org>: 550 user unknown",
                "Status: 5.0.0",
                BounceKind::Soft,
            ),
            ("It is of no use.", "Status: 5.0.0", BounceKind::Refused),
            ("It is of no use.", "Status: 4.4.7", BounceKind::Soft),
            ("Subject: no such user", "Status: 5.0.0", BounceKind::Refused),
        ] {
            assert_eq!(report(text, fields), kind, "{text} {fields}");
        }
        // The boundary is another one than was announced.
        let broken = REPORT.replace("boundary=x", "boundary=y");
        assert_eq!(read(None, broken.as_bytes()).kind, BounceKind::Hard);
        let global = REPORT.replace("message/delivery-status", "message/global-delivery-status");
        let global = global.replace("rfc822; ada@", "utf-8; zoë@");
        let report = read(None, global.as_bytes());
        assert_eq!((report.kind, report.address.as_deref()), (BounceKind::Hard, Some("zoë@example.org")));
    }

    #[test]
    fn several_kinds_of_complaints_are_recognized() {
        for (fields, kind) in [
            ("Feedback-Type: abuse (spam)", BounceKind::Complaint),
            ("Feedback-Type:\r\n abuse", BounceKind::Complaint),
            ("Feedback-Type: opt-out-list", BounceKind::Complaint),
            ("Feedback-Type: not-spam", BounceKind::Unknown),
            ("Feedback-Type: auth-failure", BounceKind::Unknown),
            ("Version: 1", BounceKind::Unknown),
        ] {
            let message = format!(
                "From: fbl@example.net\r\nContent-Type: multipart/report; boundary=x\r\n\r\n--x\r\n\
                 Content-Type: message/feedback-report\r\n\r\n{fields}\r\n\r\n--x--\r\n"
            );
            assert_eq!(read(None, message.as_bytes()).kind, kind, "{fields}");
        }
    }

    #[test]
    fn automatic_replies_and_bounces_are_distinguished() {
        for (head, kind) in [
            ("From: ada@example.org\r\nSubject: Re: hello", BounceKind::Unknown),
            ("From: ada@example.org\r\nAuto-Submitted: no\r\nSubject: x", BounceKind::Unknown),
            ("From: ada@example.org\r\nAuto-Submitted: auto-replied", BounceKind::Reply),
            ("From: ada@example.org\r\nSubject: Automatic reply: away", BounceKind::Reply),
            ("From: ada@example.org\r\nX-Autoreply: yes", BounceKind::Reply),
            ("From: Mailer-Daemon@x.example\r\nAuto-Submitted: auto-replied", BounceKind::Hard),
            ("X-Failed-Recipients: ada@example.org\r\nFrom: x@x.example", BounceKind::Hard),
            ("Return-Path: <>\r\nFrom: x@x.example\r\nSubject: Hello", BounceKind::Unknown),
            ("Return-Path: <>\r\nFrom: x@x.example\r\nSubject: Failure notice", BounceKind::Hard),
            (
                "Return-Path: <>\r\nFrom: x@x.example\r\nAuto-Submitted: auto-replied\r\nSubject: Re: Failure",
                BounceKind::Reply,
            ),
            ("From: \"Postmaster Pat\" <pat@x.example>\r\nSubject: Automatic reply: x", BounceKind::Reply),
            ("From: ada@example.org\r\nSubject: =?utf-8?B?6Ieq5YuV5b+c562U?=: x", BounceKind::Reply),
            ("From: ada@example.org\r\nSubject: Respuesta automática: x", BounceKind::Reply),
        ] {
            let message = format!("{head}\r\n\r\n550 5.1.1 no such user\r\n");
            assert_eq!(read(None, message.as_bytes()).kind, kind, "{head}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let report = read(Some(&String::from_utf8_lossy(&bytes)), &bytes);
            prop_assert!(report.marks.len() <= MAX_MARKS);
        }

        #[test]
        fn reading_damaged_reports_never_panics(at in 0..REPORT.len(), length in 0..80_usize, put in "\\PC{0,8}") {
            let mut damaged = REPORT.as_bytes().to_vec();
            let end = (at + length).min(damaged.len());
            damaged.splice(at..end, put.bytes());
            prop_assert!(read(None, &damaged).marks.is_empty());
        }
    }
}
