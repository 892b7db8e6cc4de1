//! Free-form bounces, as qmail and older servers write them: no fields, but the other server's reply somewhere in the
//! text.
//!
//! Such servers append the message that comes back, without a boundary. What it says is not what the server says: the text
//! is read up to where the copy begins, by a line that announces it or by the first of its headers.

use entity::enums::BounceKind;

use super::{dsn, verdict};

/// The maximum number of lines that are searched.
const MAX_LINES: usize = 200;

/// The maximum number of continuation lines of a reply.
const MORE_LINES: usize = 5;

/// Words in the subject of a delay notice.
const DELAY_SUBJECTS: [&str; 6] =
    ["delayed", "delay)", "warning", "still being", "not yet", "temporarily unable"];

/// Phrases in the text of a delay notice.
const NO_ACTION_PHRASES: [&str; 6] = [
    "no action is required on your part",
    "delivery attempts will continue",
    "you do not need to resend",
    "will continue to be attempted",
    "will continue trying",
    "will keep trying",
];

/// Phrases in the line that announces the copy, as qmail, Exim, sendmail and similar servers write it.
const COPY_MARKERS: [&str; 9] = [
    "below this line is a copy",
    "this is a copy of the message",
    "this is a copy of your message",
    "original message",
    "unsent message follows",
    "message header follows",
    "headers of the message follow",
    "returned message",
    "original mail headers",
];

/// Headers that a copy has near its beginning: what servers put there on the way, and ours.
const HEADERS: [&str; 12] = [
    "return-path:",
    "received:",
    "delivered-to:",
    "dkim-signature:",
    "message-id:",
    "mime-version:",
    "list-id:",
    "list-unsubscribe:",
    "auto-submitted:",
    "feedback-id:",
    "x-delivery:",
    "content-type:",
];

/// The kind and diagnostic of a free-form bounce; unknown if no text can be classified.
pub(super) fn read(subject: &str, text: &str) -> (BounceKind, Option<String>) {
    let subject = subject.to_lowercase();
    if DELAY_SUBJECTS.iter().any(|words| subject.contains(words)) {
        return (BounceKind::Delayed, None);
    }
    let lines: Vec<&str> = said_by_the_server(text).collect();
    if lines.iter().any(|line| NO_ACTION_PHRASES.iter().any(|words| line.to_lowercase().contains(words))) {
        return (BounceKind::Delayed, None);
    }
    let kept = |(kind, said): (BounceKind, &str)| (kind, Some(said.to_owned()));
    judged_reply(&lines).or_else(|| judged_words(&lines)).map_or((BounceKind::Unknown, None), kept)
}

/// The lines before the copy, without those that quote the message that comes back.
pub(super) fn said_by_the_server(text: &str) -> impl Iterator<Item = &str> {
    let is_quote = |line: &str| line.starts_with("> ") || line.to_lowercase().starts_with("subject:");
    let lines = text.lines().take(MAX_LINES).map(str::trim).take_while(|line| !begins_copy(line));
    lines.filter(move |line| !is_quote(line))
}

/// What a reply among the lines says. One with a status tells most, then one with words; of equals the first.
fn judged_reply<'a>(lines: &[&'a str]) -> Option<(BounceKind, &'a str)> {
    let replies = lines.iter().enumerate().filter_map(|(at, line)| {
        let said = reply_in(line)?;
        let more = lines[at + 1..].iter().take(MORE_LINES);
        let more = more.take_while(|line| !line.is_empty() && reply_in(line).is_none());
        let whole = std::iter::once(said).chain(more.copied()).collect::<Vec<_>>().join(" ");
        let kind = verdict::of_text(&whole, None)?;
        Some((kind, said, dsn::status_in(&whole).is_none()))
    });
    replies.min_by_key(|&(.., has_none)| has_none).map(|(kind, said, _)| (kind, said))
}

/// What paragraphs without a reply say: those whose words tell of the mailbox first.
fn judged_words<'a>(lines: &[&'a str]) -> Option<(BounceKind, &'a str)> {
    let judge = |said: &str| verdict::of_text(said, None);
    let said = |paragraph: &[&'a str], kind| {
        let telling = paragraph.iter().find(|line| judge(line) == Some(kind));
        telling.or(paragraph.first()).copied().unwrap_or_default()
    };
    let mut judged = lines.split(|line| line.is_empty()).filter_map(|paragraph| {
        let kind = judge(&paragraph.join(" "))?;
        Some((kind, said(paragraph, kind)))
    });
    let first = judged.next()?;
    let is_hard = |&(kind, _): &(BounceKind, &str)| kind == BounceKind::Hard;
    Some(if is_hard(&first) { first } else { judged.find(is_hard).unwrap_or(first) })
}

/// Whether the copy of the message that came back begins with this line.
fn begins_copy(line: &str) -> bool {
    let line = line.trim_start_matches(['>', '|', ' ', '\t']).to_lowercase();
    let is_rule = line.starts_with("--");
    HEADERS.iter().any(|name| line.starts_with(name))
        || (is_rule && COPY_MARKERS.iter().any(|words| line.contains(words)))
}

/// The part of a line that begins with the code of a reply: `550 `, `550-`, `550:`.
fn reply_in(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    let is_code = |at: usize| {
        let code = &bytes[at..];
        code.len() > 4
            && matches!(code[0], b'4' | b'5')
            && matches!(code[1], b'0'..=b'5')
            && code[2].is_ascii_digit()
            && matches!(code[3], b' ' | b'-' | b':')
            && (code[3] == b':' || !code[4].is_ascii_whitespace())
    };
    let is_start = |at: usize| at == 0 || b" :(<[#\"'".contains(&bytes[at - 1]);
    let at = (0..bytes.len()).find(|&at| is_code(at) && is_start(at))?;
    line.get(at..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_found_in_prose() {
        for (subject, text, kind, said) in [
            (
                "failure notice",
                "Hi. This is the mail program at example.org.\n<ada@example.org>:\n\
                 192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 no such user\nGiving up.",
                BounceKind::Hard,
                Some("550 5.1.1 no such user"),
            ),
            (
                "Mail delivery failed",
                "    host mx.example.org [192.0.2.1]: 552-5.2.2 The inbox is full",
                BounceKind::Soft,
                Some("552-5.2.2 The inbox is full"),
            ),
            (
                "failure notice",
                "<ada@example.org>:\nSorry, no mailbox: user unknown",
                BounceKind::Hard,
                Some("Sorry, no mailbox: user unknown"),
            ),
            ("Warning: message delayed 4 hours", "451 4.4.1 timeout", BounceKind::Delayed, None),
            (
                "failure notice",
                "<ada@example.org>:\nRemote host said: 450 4.4.1 connection timed out\n\n\
                 --- Below this line is a copy of the message.\n\nReturn-Path: <x@example.org>\n\n\
                 550 5.1.1 Why this mailbox does not exist: user unknown",
                BounceKind::Soft,
                Some("450 4.4.1 connection timed out"),
            ),
            (
                "Mail delivery failed",
                "  ada@example.org\n    retry timeout exceeded\n\n\
                 ------ This is a copy of the message, including all the headers. ------\n\n\
                 On a user unknown to science",
                BounceKind::Soft,
                Some("retry timeout exceeded"),
            ),
            (
                "failure notice",
                "It timed out.\n\n> X-Delivery: abc\n>\n> A mailbox that does not exist: no such user",
                BounceKind::Soft,
                Some("It timed out."),
            ),
            (
                "failure notice",
                "<ada@example.org>:\nSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n\
                 I'm not going to try again; this message has been in the queue too long.\n\n\
                 --- Below this line is a copy of the message.\n\nThis mailbox does not exist. (#5.1.1)",
                BounceKind::Soft,
                Some("Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)"),
            ),
            (
                "Returned mail",
                "   ----- Transcript of session follows -----\n450 4.2.2 over quota\n550 5.1.1 no such user",
                BounceKind::Soft,
                Some("450 4.2.2 over quota"),
            ),
            ("Undeliverable", "It did not work.", BounceKind::Unknown, None),
            ("Undeliverable", "On 21 May 500  of 550", BounceKind::Unknown, None),
        ] {
            assert_eq!(read(subject, text), (kind, said.map(str::to_owned)), "{text}");
        }
    }
}
