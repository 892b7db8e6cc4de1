//! What a failed delivery says about the mailbox.
//!
//! The judgement is that of [`classify`], which also reads the replies of servers that we speak to ourselves; a report
//! is at one remove, so two things are added. Only words of SMTP itself can say that a mailbox does not exist: local
//! programs of a mail server write 5.1.1 when their disk is full. And a reply that speaks of us, of spam, lists or
//! policy, says nothing about the mailbox, whatever number a gateway put in front.

use entity::enums::BounceKind;

use crate::delivery::classify::{self, Verdict};
use crate::mail::{Command, Reply};

use super::dsn::{self, Dsn};

/// Words by which a reply is about the sender.
const ABOUT_US: [&str; 19] = [
    "spam",
    "blocked",
    "blocklist",
    "block list",
    "blacklist",
    "black list",
    "banned",
    "reputation",
    "policy",
    "sender",
    "authenticat",
    "dmarc",
    "dkim",
    " spf",
    "rate limit",
    "too many",
    "frequency",
    "ip address",
    "preferences",
];

/// Words by which a mailbox is there, and takes nothing now.
const FOR_NOW: [&str; 7] = ["disabled", "suspended", "frozen", "inactive", "quota", "full", "temporar"];

/// What a failed recipient of a notification means.
pub(super) fn of_dsn(dsn: &Dsn) -> BounceKind {
    let kind = of_text(&dsn.diagnostic, dsn.status);
    let is_smtp = matches!(dsn.diagnostic_type.as_str(), "" | "smtp");
    if kind == BounceKind::Hard && !is_smtp { BounceKind::Soft } else { kind }
}

/// What the words of a server mean, with the status that stands beside them.
pub(super) fn of_text(text: &str, status: Option<(u8, u16, u16)>) -> BounceKind {
    let reply = reply(text, status);
    let said = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match classify::judge(Command::Rcpt, &reply) {
        Verdict::Fail { suppresses: true, .. } if has(&ABOUT_US) => BounceKind::Refused,
        Verdict::Fail { suppresses: true, .. } => BounceKind::Hard,
        Verdict::Defer => BounceKind::Soft,
        // The state of the mailbox, and the way to it: RFC 3463 sections 3.3 and 3.5.
        Verdict::Fail { .. } if matches!(reply.enhanced, Some((_, 2 | 4, _))) => BounceKind::Soft,
        Verdict::Fail { .. } if has(&FOR_NOW) && !has(&ABOUT_US) => BounceKind::Soft,
        Verdict::Hold | Verdict::Fail { .. } => BounceKind::Refused,
    }
}

/// The reply that a server gave, put together from what a report quotes.
fn reply(text: &str, status: Option<(u8, u16, u16)>) -> Reply {
    let text = text.trim_start_matches(['(', '<', '"', '\'', ' ']);
    let code =
        text.get(..3).and_then(|code| code.parse::<u16>().ok()).filter(|code| (400..600).contains(code));
    let words = if code.is_some() { text[3..].trim_start_matches([' ', '-', ':', ')']) } else { text };
    // 5.0.0 says no more than that it failed.
    let is_telling = |&(_, subject, detail): &(u8, u16, u16)| subject != 0 || detail != 0;
    let quoted = dsn::status(words).filter(is_telling);
    let enhanced = quoted.or(status.filter(is_telling));
    let by_class = match enhanced.or(status) {
        Some((4, ..)) => 450,
        _ => 550,
    };
    let code = code.unwrap_or(by_class);
    Reply { code, enhanced, text: words.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_judged_by_code_status_and_words() {
        use BounceKind::{Hard, Refused, Soft};
        for (text, status, kind) in [
            ("550 5.1.1 <ada@example.org>: no such user", Some((5, 1, 1)), Hard),
            ("550 5.1.1 ... User Unknown", Some((5, 0, 0)), Hard),
            ("550 no such user here", Some((5, 0, 0)), Hard),
            ("", Some((5, 1, 1)), Hard),
            ("550 5.1.6 ada has moved", Some((5, 1, 6)), Hard),
            ("553 192.0.2.1 is listed as a source of spam", Some((5, 1, 3)), Refused),
            ("550 5.1.1 not by the preferences of ada", Some((5, 1, 1)), Refused),
            ("550 5.7.606 you are banned", Some((5, 7, 606)), Refused),
            ("550 5.2.2 mailbox full", Some((5, 2, 2)), Soft),
            ("550 5.2.1 the account is disabled", Some((5, 2, 1)), Soft),
            ("550 frozen for the winter", Some((5, 0, 0)), Soft),
            ("550 user unknown", Some((5, 2, 0)), Soft),
            ("no such host", Some((5, 4, 4)), Soft),
            ("", Some((4, 4, 7)), Soft),
            ("421 4.7.0 try again", Some((4, 7, 0)), Refused),
            ("554 5.6.0 bad content", Some((5, 6, 0)), Refused),
            ("", None, Refused),
        ] {
            assert_eq!(of_text(text, status), kind, "{text} {status:?}");
        }
    }

    #[test]
    fn only_smtp_knows_that_a_mailbox_is_not_there() {
        let dsn = |kind: &str| Dsn {
            action: "failed".to_owned(),
            status: Some((5, 1, 1)),
            diagnostic_type: kind.to_owned(),
            diagnostic: "the disk is full".to_owned(),
            recipient: None,
        };
        assert_eq!(of_dsn(&dsn("x-unix")), BounceKind::Soft);
        assert_eq!(of_dsn(&dsn("smtp")), BounceKind::Hard);
    }
}
