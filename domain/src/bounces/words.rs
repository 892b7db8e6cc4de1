//! Phrases of mail servers and their meanings, as a table.
//!
//! Only what a server says itself is judged: addresses, links and names of hosts are taken out before, because
//! `policy@example.org` or `https://example.net/spam` say nothing. Words stand in the order in which they are asked: that
//! mail from here is refused, although in the words of a mailbox; that a mailbox is full or closed; that it is not there;
//! then words that say less. A star stands for a few words that servers put in between.

use entity::enums::BounceKind;

/// Octets that a star stands for at most.
const MAX_GAP: usize = 80;

/// Mail from here is refused, whatever is said beside it: relays, senders, authentication, lists.
const REFUSED: [&str; 58] = [
    "relay access denied",
    "relaying denied",
    "relay denied",
    "unable to relay",
    "relay not permitted",
    "not permitted to relay",
    "relaying not allowed",
    "relaying is not",
    "not allowed to relay",
    "do not relay",
    "mail relay",
    "rcpthosts",
    "sender verify",
    "sender address rejected",
    "sender email address rejected",
    "sender rejected",
    "sender denied",
    "sender domain",
    "sender address * invalid",
    "invalid sender",
    "bad sender",
    "null sender",
    "empty envelope sender",
    "domain of sender",
    "spf fail",
    "spf check",
    "spf record",
    "dmarc",
    "dkim",
    "batv",
    "unauthenticated",
    "not authenticated",
    "authentication required",
    "authentication is required",
    "requires authentication",
    "authrequired",
    "authentication checks",
    "not authorized",
    "not authorised",
    "blocked using",
    "blacklist",
    "black list",
    "blocklist",
    "block list",
    "dnsbl",
    "banned send",
    "are banned",
    "reverse dns",
    "ptr record",
    "client host rejected",
    "client host * blocked",
    "lookup failed",
    "preferences",
    "refuse to receive",
    "user reject",
    "blocked by the recipient",
    "only accepting mail from",
    "is not accepting any mail",
];

/// The mailbox is there, and takes nothing now.
const CLOSED: [&str; 52] = [
    "over quota",
    "overquota",
    "over the quota",
    "over * quota",
    "exceeded * quota",
    "exceeding * quota",
    "exceeds * quota",
    "quota exceed",
    "quota violation",
    "quota usage exceeded",
    "quota full",
    "mailbox full",
    "mailbox is full",
    "mailbox was full",
    "full mailbox",
    "folder is full",
    "inbox is full",
    "out of storage",
    "out of space",
    "disk space",
    "disk quota",
    "disc quota",
    "storage allocation",
    "not enough storage",
    "insufficient * storage",
    "enough space",
    "enough free space",
    "mailbox size limit",
    "mailbox would exceed",
    "mailbox has exceeded",
    "mailbox exceeded",
    "exceeding receiving limits",
    "space has been used up",
    "has too many messages",
    "destinataire pleine",
    "destinataire archivee",
    "disabled",
    "suspended",
    "suspend the service",
    "frozen",
    "deactivated",
    "account is locked",
    "temporary locked",
    "temporarily locked",
    "temporarily limited",
    "temporarily inactive",
    "inactive user",
    "is inactive",
    "extended inactivity",
    "postfach voll",
    "buzón lleno",
    "mailbox unavailable * not enough",
];

/// The mailbox, or its domain, is not there.
const ABSENT: [&str; 137] = [
    "user unknown",
    "unknown user",
    "unknown or invalid user",
    "userunknown",
    "unknown recipient",
    "recipient unknown",
    "recipient is unknown",
    "unknown address",
    "address unknown",
    "addresses were unknown",
    "unknown mailbox",
    "mailbox unknown",
    "unknown account",
    "account unknown",
    "unknown virtual",
    "unknown local",
    "unknown email address",
    "unknown e-mail address",
    "user * unknown",
    "address is unknown",
    "no such user",
    "no such recipient",
    "no such mailbox",
    "no such address",
    "no such account",
    "no such person",
    "no such local user",
    "no such email",
    "no such id",
    "no * mailbox here",
    "no mailbox",
    "no mail box",
    "no account",
    "no valid recipient",
    "no one at this address",
    "user not found",
    "user was not found",
    "user * was not found",
    "user could not be found",
    "recipient not found",
    "recipnotfound",
    "recipientnotfound",
    "recipient * not found",
    "mailbox not found",
    "mailbox * not found",
    "account not found",
    "address not found",
    "address * not found",
    "address could not be found",
    "address couldn't be found",
    "address wasn't found",
    "name is not found",
    "name * not recognized",
    "does not exist",
    "doesn't exist",
    "not exist",
    "nonexistent",
    "non-existent",
    "non existent",
    "no longer exists",
    "no longer valid",
    "no longer available",
    "no longer accepts mail",
    "no longer in use",
    "no longer active",
    "not a known user",
    "user not known",
    "not known at this",
    "not known here",
    "is not known",
    "not a valid user",
    "not a valid mailbox",
    "not a valid recipient",
    "not a valid address",
    "not an active address",
    "not a local address",
    "not our customer",
    "invalid recipient",
    "invalid mailbox",
    "mailbox invalid",
    "invalid address",
    "address invalid",
    "address is invalid",
    "invalid user",
    "user invalid",
    "invalid-recipient",
    "invalid final delivery user",
    "invalid or unknown",
    "bad destination mailbox",
    "bad destination email address",
    "bad recipient",
    "badrcptto",
    "badrecipientto",
    "validrcptto",
    "bad address",
    "recipient is not local",
    "user not local",
    "not local",
    "recipient not ok",
    "recipient is not accepted",
    "rejected recipient",
    "recipient has been denied",
    "undeliverable address",
    "mailbox unavailable",
    "mailbox is unavailable",
    "mailbox unavaiable",
    "mailbox not present",
    "mailbox not available",
    "not present in directory",
    "not listed in",
    "in name directory",
    "user not active",
    "does not have an account",
    "doesn't have a * account",
    "is not a user",
    "not allowed recipient",
    "account closed",
    "account has been closed",
    "missing home directory",
    "has been replaced by",
    "has moved",
    "address rejected. ",
    "5.1.0 address rejected",
    "unrouteable address",
    "unroutable address",
    "domain name not found",
    "host unknown",
    "unknown host",
    "unknown domain",
    "no such domain",
    "couldn't find any host",
    "address lookups failed permanently",
    "does not accept mail",
    "nullmx",
    "no smtp service",
    "no mx record found",
    "find the recipient domain",
];

/// The same in other languages.
const ABSENT_ELSEWHERE: [&str; 17] = [
    "utilisateur inconnu",
    "destinataire inconnu",
    "adresse inconnue",
    "destinataire invalide",
    "n'existe pas",
    "no existe",
    "usuario desconocido",
    "nessun utente",
    "utente sconosciuto",
    "empfänger unbekannt",
    "benutzer unbekannt",
    "existiert nicht",
    "não existe",
    "пользователь не найден",
    "не существует",
    "用户不存在",
    "ディレクトリ",
];

/// The same, if the status says nothing of policy: directory-based edge blocking of Exchange Online, and the domains
/// that say no more than that an address is rejected.
const ABSENT_UNLESS_POLICY: [&str; 6] = [
    "recipient address rejected: access denied",
    "recipient address rejected",
    "address rejected",
    "host not found",
    "recipient rejected",
    "requested action not taken: mailbox",
];

/// Nothing came of it for now, or for long enough.
const TRIED: [&str; 40] = [
    "host not found, try again",
    "try again later",
    "temporar",
    "greylist",
    "graylist",
    "timed out",
    "timeout",
    "expired",
    "queue too long",
    "retry time",
    "not responding",
    "did not respond",
    "has not responded",
    "not been collected",
    "not delivered within",
    "giving up on",
    "unable to deliver * within",
    "connection refused",
    "connection reset",
    "connection dropped",
    "lost connection",
    "connect to",
    "establish an smtp connection",
    "no route to host",
    "unreachable",
    "not reachable",
    "hop count",
    "too many hops",
    " loop",
    "loops back",
    "best-preference mx",
    "system error",
    "internal error",
    "server error",
    "configuration error",
    "local error",
    "service unavailable",
    "currently unavailable",
    "command died",
    "mailer error",
];

/// Mail from here is refused, in words that may stand beside others.
const REFUSED_BESIDE: [&str; 46] = [
    "spam",
    "blocked",
    "banned",
    "reputation",
    "unsolicited",
    "policy",
    "policies",
    "prohibit",
    "virus",
    "rate limit",
    "too many",
    "too quickly",
    "at a rate",
    "throttl",
    "frequency",
    "too large",
    "too big",
    "too much mail",
    "message size",
    "size limit",
    "sizelimit",
    "maximum size",
    "exceeds * size",
    "message content",
    "content reject",
    "attachment",
    "message rejected",
    "message refused",
    "message filtered",
    "refused by",
    "malformed",
    "not compliant",
    "not rfc",
    "access denied",
    "permission to post",
    "not subscribed",
    "members-only",
    "restricted",
    "authenticat",
    "not accepted",
    "ip address",
    "go away",
    "listed",
    "helo",
    "sender",
    "notauthorized",
];

/// Names of lists of bad senders, to which servers link without a word.
const LISTS: [&str; 6] = ["spamhaus", "spamcop", "barracudacentral", "sorbs.net", "senderbase", "dnsbl"];

/// The meaning of the words, regardless of the status; `None` if there is none. `is_policy` tells that the
/// status is about policy.
pub(super) fn judge(plain: &str, is_policy: bool) -> Option<BounceKind> {
    let has = |words: &[&str]| words.iter().any(|words| is_said(plain, words));
    if has(&REFUSED) || (is_policy && is_said(plain, "access denied")) {
        return Some(BounceKind::Refused);
    }
    if is_closed(plain) {
        return Some(BounceKind::Soft);
    }
    if is_said(plain, "not found, try again") {
        return Some(BounceKind::Soft);
    }
    if has(&ABSENT) || has(&ABSENT_ELSEWHERE) || (!is_policy && has(&ABSENT_UNLESS_POLICY)) {
        return Some(BounceKind::Hard);
    }
    None
}

/// Whether the words say that a mailbox is full or closed.
pub(super) fn is_closed(plain: &str) -> bool {
    CLOSED.iter().any(|words| is_said(plain, words))
}

/// Whether a text names a list of bad senders, be it in a link.
pub(super) fn names_a_list(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    LISTS.iter().any(|name| text.contains(name))
}

/// Weaker phrases, which a status overrides.
pub(super) fn judge_beside(plain: &str) -> Option<BounceKind> {
    let has = |words: &[&str]| words.iter().any(|words| is_said(plain, words));
    if has(&REFUSED_BESIDE) {
        return Some(BounceKind::Refused);
    }
    has(&TRIED).then_some(BounceKind::Soft)
}

/// Whether a text holds words, with a few others where they have a star.
fn is_said(text: &str, words: &str) -> bool {
    let Some((first, second)) = words.split_once(" * ") else { return text.contains(words) };
    text.match_indices(first).any(|(at, _)| {
        let after = at + first.len();
        let end = text.floor_char_boundary((after + MAX_GAP + second.len()).min(text.len()));
        text[after..end].contains(second)
    })
}

/// A text in lower case and on one line, without addresses, links and names of hosts, and without quotes and brackets.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let is_bracket = |c: char| "<>()[]{}\"*`«»“”|".contains(c);
    for word in text.split(|c: char| c.is_whitespace() || is_bracket(c)) {
        let word = word.trim_start_matches('\'');
        let is_link = word.contains("://") || word.starts_with("www.") || word.starts_with("mailto:");
        if word.is_empty() || is_link {
            continue;
        }
        // Behind an address stand colons and dots, which words do not go by.
        let kept = if word.contains('@') || is_host(word) { ends(word) } else { word };
        if !plain.is_empty() && !kept.is_empty() && !matches!(kept, "." | "," | ":" | ";") {
            plain.push(' ');
        }
        plain.extend(kept.chars().map(|c| if c == '’' { '\'' } else { c }).flat_map(char::to_lowercase));
    }
    plain
}

/// The name of a host: labels in lower case with a letter in the last one.
fn is_host(word: &str) -> bool {
    let word = word.trim_end_matches([':', ',', ';', '.']);
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    let last = word.rsplit('.').next().unwrap_or_default();
    word.contains('.')
        && word.chars().all(is_inner)
        && last.len() > 1
        && last.chars().all(|c| c.is_ascii_lowercase())
}

/// The signs that end a word.
fn ends(word: &str) -> &str {
    let kept = word.trim_end_matches([':', ',', ';', '.']).len();
    &word[kept..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_links_and_hosts_are_not_phrases() {
        for (text, expected) in [
            ("<ada@example.org>: Recipient\n rejected", ": recipient rejected"),
            ("See https://example.net/policy/x for \"help\"", "see for help"),
            ("host mx.spam.example[192.0.2.1] said: 550", "host 192.0.2.1 said: 550"),
            ("550 5.1.1 RESOLVER.ADR.RecipNotFound;", "550 5.1.1 resolver.adr.recipnotfound;"),
            ("user <ada@example.org> unknown", "user unknown"),
            ("This user doesn’t have", "this user doesn't have"),
            ("", ""),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn a_star_matches_a_few_words() {
        assert!(is_said("the account has exceeded its small quota", "exceeded * quota"));
        assert!(!is_said("the quota was exceeded", "exceeded * quota"));
        assert!(!is_said(&format!("exceeded {} quota", "é".repeat(80)), "exceeded * quota"));
    }

    #[test]
    fn the_order_of_the_table_decides() {
        use BounceKind::{Hard, Refused, Soft};
        for (said, kind) in [
            ("sender verify failed: no such user", Some(Refused)),
            ("user over quota, user unknown", Some(Soft)),
            ("host not found, try again", Some(Soft)),
            ("recipient address rejected: user unknown", Some(Hard)),
            ("recipient address rejected: access denied", Some(Hard)),
            ("it did not work", None),
        ] {
            assert_eq!(judge(said, false), kind, "{said}");
        }
        assert_eq!(judge("recipient address rejected", true), None);
        assert_eq!(judge_beside("looks like spam, try again later"), Some(Refused));
        assert_eq!(judge_beside("try again later"), Some(Soft));
    }
}
