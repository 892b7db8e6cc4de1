//! The verdict of a failed delivery on its mailbox.
//!
//! A status alone is often wrong: gateways write 5.0.0 for everything, 5.7.1 if nobody is, and 5.1.1 if mail was
//! refused as spam. So the words of a server ([`super::words`]) go first, then its status (RFC 3463), then its code.
//! Two things are believed less than they say: local programs of a mail server write 5.1.1 when their disk is full; and
//! a server that has taken the recipient, and says after the message that there is none, means something else, unless
//! its status says so too.

use entity::enums::BounceKind;

use super::dsn::{self, Dsn, Status};
use super::words;

/// The meaning of a failed recipient in a notification; `None` if it is unclear.
pub(super) fn of_dsn(dsn: &Dsn) -> Option<BounceKind> {
    let kind = of_text(&dsn.diagnostic, dsn.status)?;
    // A program of the server, unless it repeats a reply.
    let is_local = dsn.diagnostic_type == "x-unix" && code(&dsn.diagnostic).is_none();
    Some(if kind == BounceKind::Hard && is_local { BounceKind::Soft } else { kind })
}

/// The verdict on a failure without further information.
pub(super) fn by_class(status: Option<Status>) -> BounceKind {
    if matches!(status, Some((4, ..))) { BounceKind::Soft } else { BounceKind::Refused }
}

/// The meaning of a server's words and status; `None` if neither is known.
pub(super) fn of_text(text: &str, beside: Option<Status>) -> Option<BounceKind> {
    let code = code(text);
    let is_telling = |&(_, subject, detail): &Status| !matches!((subject, detail), (0 | 3, 0));
    let quoted = dsn::status_in(text);
    let status = quoted.filter(is_telling).or(beside.filter(is_telling)).or(quoted).or(beside);
    // 5.2.1 in a field stands for much; in the words of the server for what it says.
    let named = beside.filter(|&(.., detail)| detail != 1 && quoted.is_none_or(|code| !is_telling(&code)));
    let class = code.map_or_else(|| status.map(|(class, ..)| u16::from(class)), |code| Some(code / 100));
    let plain = words::plain(text);
    // Services put a status of their own in front of that of the server.
    let is_policy = matches!(status, Some((_, 7, _))) || plain.contains("5.7.");
    match words::judge(&plain, is_policy) {
        Some(BounceKind::Hard) if class == Some(4) => return Some(BounceKind::Soft),
        Some(BounceKind::Hard) if is_there(quoted) || is_there(named) => {
            return Some(BounceKind::Soft);
        }
        Some(BounceKind::Hard) if is_after_data(&plain) && !matches!(status, Some((5, 1, _))) => {
            return Some(BounceKind::Soft);
        }
        Some(kind) => return Some(kind),
        None => {}
    }
    let beside =
        words::judge_beside(&plain).or_else(|| words::names_a_list(text).then_some(BounceKind::Refused));
    by_status(status.filter(is_telling), beside).or_else(|| by_code(code))
}

/// Whether a status says that there is a mailbox. RFC 3463 section 3.3.
fn is_there(status: Option<Status>) -> bool {
    matches!(status, Some((_, 2, _)))
}

/// Whether a status says no more than that it failed.
pub(super) fn is_weak(status: Option<Status>) -> bool {
    matches!(status, None | Some((_, 0 | 3, 0)))
}

/// Whether a reply is to the message, not to its recipient.
fn is_after_data(plain: &str) -> bool {
    ["in reply to end of data", "in reply to data", "after end of data", "after data"]
        .iter()
        .any(|words| plain.contains(words))
}

fn by_status(status: Option<Status>, beside: Option<BounceKind>) -> Option<BounceKind> {
    use BounceKind::{Hard, Refused, Soft};
    match status {
        Some((4, 7, _)) => Some(Refused),
        Some((_, 2, 2)) => Some(Soft),
        _ if beside == Some(Refused) => beside,
        // No such mailbox, system, or address; moved without a forwarding address; null MX.
        Some((5, 1, 1 | 2 | 3 | 6 | 10)) => beside.or(Some(Hard)),
        Some((5, 1 | 6 | 7, _) | (5, 2, 3) | (5, 3, 4)) => Some(Refused),
        // The state of the mailbox, of the system, and the way to it: RFC 3463 sections 3.3 to 3.5.
        Some((4, ..) | (5, 2..=4, _)) => Some(Soft),
        _ => beside,
    }
}

fn by_code(code: Option<u16>) -> Option<BounceKind> {
    match code? {
        // RFC 7504, and what RFC 5321 section 4.2.3 has for a mailbox without room.
        556 => Some(BounceKind::Hard),
        400..500 | 552 => Some(BounceKind::Soft),
        _ => None,
    }
}

/// The code at the beginning of a reply.
fn code(text: &str) -> Option<u16> {
    let text = text.trim_start_matches(['(', '<', '"', '\'', ' ', '#', '[']);
    let code = text.get(..3)?.parse().ok().filter(|code| (400..600).contains(code))?;
    (!text[3..].starts_with(|c: char| c.is_ascii_digit() || c == '.')).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_judged_by_words_status_and_code() {
        use BounceKind::{Hard, Refused, Soft};
        for (text, status, kind) in [
            ("550 5.1.1 <ada@example.org>: no such user", Some((5, 1, 1)), Some(Hard)),
            ("550 5.1.1 ... User Unknown", Some((5, 0, 0)), Some(Hard)),
            ("550 no such user here", Some((5, 0, 0)), Some(Hard)),
            ("", Some((5, 1, 1)), Some(Hard)),
            ("550 5.1.6 ada has moved", Some((5, 1, 6)), Some(Hard)),
            ("550 #5.1.0 Address rejected.", Some((5, 0, 0)), Some(Hard)),
            ("550: nobody of that name (#5.1.1)", None, Some(Hard)),
            ("550 5.4.1 Recipient address rejected: Access denied. AS(2018)", Some((5, 4, 1)), Some(Hard)),
            ("550 5.7.1 Recipient address rejected: Access denied", Some((5, 7, 1)), Some(Refused)),
            ("550 Requested action not taken: mailbox unavailable", Some((5, 5, 0)), Some(Hard)),
            ("450 mailbox unavailable", None, Some(Soft)),
            ("550 The account does not exist", Some((5, 2, 1)), Some(Hard)),
            ("550 5.1.1 The account does not exist", Some((5, 2, 1)), Some(Hard)),
            ("550 5.2.1 user unknown", Some((5, 2, 1)), Some(Soft)),
            ("550 5.7.1 unknown address, access denied", None, Some(Refused)),
            ("553 http://lists.spamhaus.example/query", Some((5, 1, 3)), Some(Refused)),
            ("Host or domain name not found. Name service error", Some((5, 4, 4)), Some(Hard)),
            ("Host or domain name not found, try again", Some((4, 4, 3)), Some(Soft)),
            ("556 closed", None, Some(Hard)),
            ("550 5.1.1 user unknown; from IP address 192.0.2.1", None, Some(Hard)),
            ("550 5.1.1 not there. See https://example.net/policy/spam", None, Some(Hard)),
            ("550 5.1.1 <policy@example.org>: user unknown", None, Some(Hard)),
            ("550 user unknown (in reply to end of DATA command)", Some((5, 0, 0)), Some(Soft)),
            ("550 5.1.1 user unknown (in reply to end of DATA command)", None, Some(Hard)),
            ("553 192.0.2.1 is listed as a source of spam", Some((5, 1, 3)), Some(Refused)),
            ("550 5.1.1 not by the preferences of ada", Some((5, 1, 1)), Some(Refused)),
            ("550 5.1.1 SPF fail: it does not designate 192.0.2.1", Some((5, 1, 1)), Some(Refused)),
            ("550 relaying denied", None, Some(Refused)),
            ("550 5.7.606 you are banned", Some((5, 7, 606)), Some(Refused)),
            ("552 5.3.4 message too large", Some((5, 3, 4)), Some(Refused)),
            ("550 5.2.2 mailbox full", Some((5, 2, 2)), Some(Soft)),
            ("552 user over quota. (#5.1.1)", None, Some(Soft)),
            ("550 5.2.1 the account is disabled", Some((5, 2, 1)), Some(Soft)),
            ("550 frozen for the winter", Some((5, 0, 0)), Some(Soft)),
            ("550 user unknown", Some((5, 2, 0)), Some(Soft)),
            ("no route to host", Some((5, 4, 4)), Some(Soft)),
            ("", Some((4, 4, 7)), Some(Soft)),
            ("421 4.7.0 try again", Some((4, 7, 0)), Some(Refused)),
            ("554 5.6.0 bad content", Some((5, 6, 0)), Some(Refused)),
            ("550 it did not work", Some((5, 0, 0)), None),
            ("", None, None),
        ] {
            assert_eq!(of_text(text, status), kind, "{text} {status:?}");
        }
        assert_eq!(by_class(Some((5, 0, 0))), Refused);
        assert_eq!(by_class(Some((4, 0, 0))), Soft);
    }

    #[test]
    fn local_failures_are_not_hard_bounces() {
        let dsn = |kind: &str, said: &str| Dsn {
            action: "failed".to_owned(),
            status: Some((5, 1, 1)),
            diagnostic_type: kind.to_owned(),
            diagnostic: said.to_owned(),
            recipient: None,
        };
        assert_eq!(of_dsn(&dsn("x-unix", "255")), Some(BounceKind::Soft));
        assert_eq!(of_dsn(&dsn("x-unix", "procmail: no such user")), Some(BounceKind::Soft));
        assert_eq!(of_dsn(&dsn("x-unix", "550 user unknown")), Some(BounceKind::Hard));
        assert_eq!(of_dsn(&dsn("x-postfix", "unknown user: \"ada\"")), Some(BounceKind::Hard));
        assert_eq!(of_dsn(&dsn("smtp", "550")), Some(BounceKind::Hard));
    }
}
