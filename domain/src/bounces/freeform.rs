//! Bounces in words only, as qmail and older servers write them: no fields, but the reply of the other server
//! somewhere in the text.

use entity::enums::BounceKind;

use super::{dsn, verdict};

/// Lines that are looked at.
const LINES: usize = 200;

/// Words that a subject has where the server still tries.
const STILL_TRYING: [&str; 5] = ["delayed", "delay)", "warning", "still being", "not yet"];

/// What a bounce in words says, and the words. Without any that can be judged it is unknown.
pub(super) fn read(subject: &str, text: &str) -> (BounceKind, Option<String>) {
    let subject = subject.to_lowercase();
    if STILL_TRYING.iter().any(|words| subject.contains(words)) {
        return (BounceKind::Delayed, None);
    }
    let lines = || text.lines().take(LINES).map(str::trim);
    // A reply with both codes tells most; then one with a code; then words that everyone uses.
    let quoted = lines().filter_map(reply_in);
    let Some(said) = quoted.max_by_key(|said| dsn::status(said.get(4..).unwrap_or_default()).is_some())
    else {
        let said = lines().find(|line| verdict::of_text(line, None) == BounceKind::Hard);
        return said.map_or((BounceKind::Unknown, None), |said| (BounceKind::Hard, Some(said.to_owned())));
    };
    (verdict::of_text(said, dsn::status(said.get(4..).unwrap_or_default())), Some(said.to_owned()))
}

/// The part of a line that begins with the code of a reply: `550 `, `550-`.
fn reply_in(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    let is_code = |at: usize| {
        let code = &bytes[at..];
        code.len() > 4
            && matches!(code[0], b'4' | b'5')
            && matches!(code[1], b'0'..=b'5')
            && code[2].is_ascii_digit()
            && matches!(code[3], b' ' | b'-')
            && !code[4].is_ascii_whitespace()
    };
    let is_start = |at: usize| at == 0 || b" :(<\"'".contains(&bytes[at - 1]);
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
            ("Undeliverable", "It did not work.", BounceKind::Unknown, None),
            ("Undeliverable", "On 21 May 500  of 550", BounceKind::Unknown, None),
        ] {
            assert_eq!(read(subject, text), (kind, said.map(str::to_owned)), "{text}");
        }
    }
}
