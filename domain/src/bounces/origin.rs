//! The origin of a message: a mail server, an automatic responder or a person.
//!
//! A server that answers for a mailbox says "auto-replied" too, so it is asked for first. But a name is no proof: a
//! person called Postmaster is a person, unless the mailbox is.

use super::mime::Header;

/// Prefixes of local parts of mail servers.
const DAEMON_LOCAL_PARTS: [&str; 12] = [
    "mailer-daemon",
    "mailer_daemon",
    "mailerdaemon",
    "mail-daemon",
    "mail.daemon",
    "mdaemon",
    "microsoftexchange",
    "bounce",
    "postmaster",
    "post_master",
    "mail-delivery",
    "maildelivery",
];

/// Names that mail servers give themselves, if nothing else is in front.
const DAEMON_NAMES: [&str; 6] = [
    "mail delivery",
    "mailer-daemon",
    "mailer daemon",
    "mail administrator",
    "system administrator",
    "internet mail delivery",
];

/// Words that the subject of a bounce has.
const BOUNCE_SUBJECTS: [&str; 22] = [
    "undeliver",
    "failure",
    "failed",
    "returned mail",
    "delivery",
    "delayed",
    "rejected",
    "returned to sender",
    "could not be delivered",
    "not delivered",
    "mail system error",
    "error sending",
    "mail error",
    "unzustellbar",
    "nicht zustellbar",
    "unbekannt",
    "non remis",
    "no se puede entregar",
    "no entregado",
    "non recapitabile",
    "配信",
    "配送",
];

/// Prefixes of subjects of automatic replies.
const AUTO_REPLY_SUBJECTS: [&str; 25] = [
    "automatic reply",
    "auto-reply",
    "auto reply",
    "autoreply",
    "auto:",
    "auto response",
    "autoresponse",
    "out of office",
    "out of the office",
    "vacation",
    "on vacation",
    "away from",
    "abwesen",
    "automatische antwort",
    "automatisch antwoord",
    "réponse automatique",
    "respuesta automática",
    "risposta automatica",
    "resposta automática",
    "autosvar",
    "odpowiedź automatyczna",
    "автоответ",
    "自動応答",
    "自动回复",
    "自動回覆",
];

/// Whether a mail server speaks.
pub(super) fn is_server(header: &Header, subject: &str) -> bool {
    if header.get("x-failed-recipients").is_some() {
        return true;
    }
    let from = header.get("from").unwrap_or_default().to_lowercase();
    if is_daemon(&from) {
        return true;
    }
    let is_report = header
        .get("content-type")
        .is_some_and(|value| value.to_lowercase().contains("report-type=delivery-status"));
    let has_no_sender = header.all("return-path").any(|path| path.trim() == "<>") || from.trim() == "<>";
    let subject = subject.to_lowercase();
    let speaks = BOUNCE_SUBJECTS.iter().any(|words| subject.contains(words));
    is_report || (has_no_sender && speaks && !is_automatic(header, &subject))
}

fn is_daemon(from: &str) -> bool {
    let address = from.rsplit_once('<').map_or(from, |(_, address)| address);
    let local = address.trim().split(['@', '>', ' ']).next().unwrap_or_default();
    let name = from.split_once('<').map_or(from, |(name, _)| name).trim().trim_matches(['"', '\'']);
    DAEMON_LOCAL_PARTS.iter().any(|daemon| local.starts_with(daemon))
        || DAEMON_NAMES.iter().any(|daemon| name.starts_with(daemon))
}

/// Whether a machine answers for a person. RFC 3834 section 5, and what came before it.
pub(super) fn is_automatic(header: &Header, subject: &str) -> bool {
    let value = |name: &str| header.get(name).map(|value| value.trim().to_lowercase());
    let is_submitted = value("auto-submitted").is_some_and(|value| !value.starts_with("no"));
    let old = ["x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response-suppress", "x-vacation"];
    let is_old = old.iter().any(|name| value(name).is_some())
        || value("precedence").is_some_and(|value| value == "auto_reply");
    let subject = subject.to_lowercase();
    is_submitted || is_old || AUTO_REPLY_SUBJECTS.iter().any(|start| subject.starts_with(start))
}
