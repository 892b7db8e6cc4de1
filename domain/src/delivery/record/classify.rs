//! The meaning of a server's reply: one decision for every place that classifies replies.
//!
//! From RCPT on, a reply is about this delivery (RFC 5321 section 4.5.4.1), 4.7.x included: greylisting says it, and
//! others go on. What is said earlier, and 421 anywhere, is about us or about the server: the whole queue waits, and
//! costs nobody an attempt. One thing that MAIL is told is about the message: that it is too large, because its size is
//! said there. Whether several replies of 4.7.x in a row are about us after all, [`crate::delivery::send::throttling`] decides.
//! Codes: RFC 5321 section 4.2.3, RFC 1870 section 6.1, RFC 3463, RFC 7372, RFC 7504.

use entity::enums::DeliveryReason;
use smtp::{Command, Reply};

/// The verdict on a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try this recipient again later.
    Defer,
    /// Nothing goes out for a while, and nobody loses an attempt.
    Hold,
    /// Refused for good.
    Fail {
        /// Why.
        reason: DeliveryReason,
        /// Whether the mailbox does not exist, so that no mail should go there again.
        suppresses: bool,
    },
}

const BAD_MAILBOX: Verdict = Verdict::Fail { reason: DeliveryReason::BadRecipient, suppresses: true };
const REJECTED: Verdict = Verdict::Fail { reason: DeliveryReason::Rejected, suppresses: false };
const POLICY: Verdict = Verdict::Fail { reason: DeliveryReason::Policy, suppresses: false };
const TOO_LARGE: Verdict = Verdict::Fail { reason: DeliveryReason::TooLarge, suppresses: false };

/// The effect of a reply on circuits; see [`crate::delivery::health::circuit_breaker`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// The recipient's domain refused it for what it is or where it comes from. Some of that is usual.
    Domain,
    /// Nothing else will fare better: a wrong password, or mail that cannot be shown to be ours.
    All,
}

/// Whether a negative reply is a sign that mail from here is not wanted.
#[must_use]
pub fn detect_alarm(command: Command, reply: &Reply) -> Option<Alarm> {
    if reply.code == 535 || matches!(reply.enhanced, Some((5, 7, 26 | 515))) {
        return Some(Alarm::All);
    }
    (judge(command, reply) == POLICY).then_some(Alarm::Domain)
}

/// Judges a negative reply to `command`.
#[must_use]
pub fn judge(command: Command, reply: &Reply) -> Verdict {
    if command == Command::Mail && is_too_large(reply) {
        return TOO_LARGE;
    }
    if command < Command::Rcpt || reply.code == 421 {
        return Verdict::Hold;
    }
    if reply.code < 500 || (command == Command::Data && is_about_order(reply)) {
        return Verdict::Defer;
    }
    match reply.enhanced {
        // A class that contradicts the code: the code is what the protocol goes by.
        Some((4, ..)) | None => judge_by_code(command, reply),
        Some((_, subject, detail)) => match (subject, detail) {
            // No such mailbox, system, or address; moved without a forwarding address; null MX.
            (1, 1 | 2 | 3 | 6 | 10) => BAD_MAILBOX,
            // Disabled or full mailboxes may be enabled or emptied.
            (2, 1 | 2) => Verdict::Defer,
            (2, 3) | (3, 4) => TOO_LARGE,
            // 5.1.7 and 5.1.8 are about the sender's address, that is about us.
            (7, _) | (1, 7 | 8) => POLICY,
            _ => REJECTED,
        },
    }
}

/// Whether a negative reply puts off a delivery for a reason of policy that need not be the recipient's, such as a limit
/// of messages. Greylisting that says its name is the recipient's.
#[must_use]
pub fn is_policy_deferral(command: Command, reply: &Reply) -> bool {
    let text = reply.text.to_lowercase();
    let is_greylisting = text.contains("greylist") || text.contains("graylist");
    matches!(reply.enhanced, Some((4, 7, _))) && !is_greylisting && judge(command, reply) == Verdict::Defer
}

/// Of a reply to DATA: that the server had not expected it, or has nobody to give the message to. It took the recipient
/// a moment before, so nothing is said of the mailbox.
fn is_about_order(reply: &Reply) -> bool {
    match reply.enhanced {
        Some((_, subject, _)) => subject == 5,
        None => matches!(reply.code, 503 | 554),
    }
}

/// Of a reply to MAIL, which says the size.
fn is_too_large(reply: &Reply) -> bool {
    match reply.enhanced {
        Some((5, subject, detail)) => matches!((subject, detail), (2, 3) | (3, 4)),
        Some(_) => false,
        None => reply.code == 552,
    }
}

fn judge_by_code(command: Command, reply: &Reply) -> Verdict {
    const UNKNOWN_USER_PHRASES: [&str; 9] = [
        "user unknown",
        "unknown user",
        "no such user",
        "no such recipient",
        "no such mailbox",
        "recipient unknown",
        "unknown recipient",
        "does not exist",
        "mailbox not found",
    ];
    let text = reply.text.to_lowercase();
    match reply.code {
        552 => TOO_LARGE,
        556 => BAD_MAILBOX,
        550 | 551 | 553
            if command == Command::Rcpt && UNKNOWN_USER_PHRASES.iter().any(|words| text.contains(words)) =>
        {
            BAD_MAILBOX
        }
        _ => REJECTED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_judged_by_command_code_and_text() {
        use Command::{Auth, Connect, Data, Dot, Hello, Mail, Rcpt, StartTls};
        for (command, code, text, verdict) in [
            (Connect, 554, "5.7.1 go away", Verdict::Hold),
            (Auth, 535, "5.7.8 bad credentials", Verdict::Hold),
            (Mail, 550, "5.1.1 odd", Verdict::Hold),
            (Mail, 451, "4.3.0 later", Verdict::Hold),
            (Mail, 452, "4.3.4 full", Verdict::Hold),
            (Mail, 552, "5.3.4 too big", TOO_LARGE),
            (Mail, 552, "too big", TOO_LARGE),
            (Mail, 552, "5.2.2 your quota", Verdict::Hold),
            (Mail, 550, "5.7.26 unauthenticated", Verdict::Hold),
            (Hello, 550, "5.7.1 go away", Verdict::Hold),
            (StartTls, 454, "4.7.0 no TLS now", Verdict::Hold),
            (Mail, 450, "4.7.1 later", Verdict::Hold),
            (Rcpt, 421, "4.3.2 closing", Verdict::Hold),
            (Rcpt, 421, "4.7.0 closing", Verdict::Hold),
            (Data, 421, "4.3.2 closing", Verdict::Hold),
            (Data, 554, "no valid recipients", Verdict::Defer),
            (Data, 503, "5.5.1 RCPT first", Verdict::Defer),
            (Data, 451, "4.3.0 later", Verdict::Defer),
            (Data, 550, "5.7.1 not you", POLICY),
            (Rcpt, 450, "4.7.1 greylisted", Verdict::Defer),
            (Rcpt, 451, "4.7.1 try again later", Verdict::Defer),
            (Dot, 450, "4.7.28 rate", Verdict::Defer),
            (Rcpt, 450, "4.2.0 greylisted", Verdict::Defer),
            (Rcpt, 451, "try again", Verdict::Defer),
            (Dot, 452, "4.3.1 full", Verdict::Defer),
            (Rcpt, 550, "5.2.1 disabled", Verdict::Defer),
            (Rcpt, 552, "5.2.2 over quota", Verdict::Defer),
            (Rcpt, 550, "5.1.1 no such user", BAD_MAILBOX),
            (Rcpt, 550, "5.1.10 null MX", BAD_MAILBOX),
            (Rcpt, 550, "No such user here", BAD_MAILBOX),
            (Rcpt, 556, "domain takes no mail", BAD_MAILBOX),
            (Dot, 550, "no such user", REJECTED),
            (Rcpt, 550, "mailbox unavailable", REJECTED),
            (Rcpt, 553, "5.1.8 bad sender domain", POLICY),
            (Rcpt, 553, "5.1.7 bad sender address", POLICY),
            (Dot, 550, "5.7.26 unauthenticated", POLICY),
            (Dot, 554, "5.7.1 spam", POLICY),
            (Dot, 552, "5.3.4 too big", TOO_LARGE),
            (Dot, 552, "too big", TOO_LARGE),
            (Dot, 554, "5.6.0 bad content", REJECTED),
            (Rcpt, 550, "4.4.7 odd class", REJECTED),
        ] {
            assert_eq!(judge(command, &Reply::new(code, text)), verdict, "{command:?} {code} {text}");
        }
    }

    #[test]
    fn deferrals_by_policy_are_recognized() {
        use Command::{Data, Dot, Mail, Rcpt};
        for (command, code, text, expected) in [
            (Rcpt, 451, "4.7.1 try again later", true),
            (Data, 450, "4.7.1 later", true),
            (Rcpt, 450, "4.7.1 Greylisted, see you in five minutes", false),
            (Dot, 450, "4.7.28 rate", true),
            (Rcpt, 421, "4.7.28 rate", false),
            (Mail, 450, "4.7.1 later", false),
            (Rcpt, 450, "4.2.0 greylisted", false),
            (Rcpt, 450, "greylisted", false),
            (Dot, 554, "5.7.1 spam", false),
        ] {
            assert_eq!(
                is_policy_deferral(command, &Reply::new(code, text)),
                expected,
                "{command:?} {code} {text}"
            );
        }
    }

    #[test]
    fn alarms_are_refusals_of_the_sender() {
        use Command::{Auth, Dot, Mail, Rcpt};
        for (command, code, text, expected) in [
            (Auth, 535, "5.7.8 bad credentials", Some(Alarm::All)),
            (Auth, 454, "4.7.0 later", None),
            (Mail, 550, "5.7.26 unauthenticated", Some(Alarm::All)),
            (Rcpt, 550, "5.7.515 access denied", Some(Alarm::All)),
            (Dot, 550, "5.7.26 unauthenticated", Some(Alarm::All)),
            (Dot, 554, "5.7.1 spam", Some(Alarm::Domain)),
            (Rcpt, 553, "5.1.8 bad sender domain", Some(Alarm::Domain)),
            (Rcpt, 550, "5.1.1 no such user", None),
            (Dot, 450, "4.7.28 rate", None),
            (Dot, 552, "too big", None),
        ] {
            assert_eq!(detect_alarm(command, &Reply::new(code, text)), expected, "{command:?} {code} {text}");
        }
    }
}
