//! Mailgun's webhooks: an event with a signature beside it. Documented at
//! documentation.mailgun.com/docs/mailgun/user-manual/events.

use entity::enums::BounceKind;
use serde_json::Value;

use super::{Fields, Notice, ServiceVerdict, at};

/// The notice of an event; `None` if nothing came back.
pub(super) fn read(body: &Value) -> Option<Notice> {
    let event = body.get("event-data")?;
    let said = match at(event, "/event").as_str() {
        "failed" => failed(&at(event, "/severity"), &at(event, "/reason")),
        "complained" => ServiceVerdict::Surely(BounceKind::Complaint),
        "unsubscribed" => ServiceVerdict::Surely(BounceKind::Unsubscribe),
        _ => return None,
    };
    let [message, description] =
        ["message", "description"].map(|name| at(event, &format!("/delivery-status/{name}")));
    let words = if message.is_empty() { description } else { message };
    let diagnostic = format!("{} {words}", at(event, "/delivery-status/code"));
    let fields = Fields {
        event_id: &at(event, "/id"),
        address: &at(event, "/recipient"),
        message_id: &at(event, "/message/headers/message-id"),
        marked: &at(event, "/envelope/sender"),
        status: &at(event, "/delivery-status/enhanced-code"),
        diagnostic: diagnostic.trim(),
    };
    Some(Notice::new("mailgun", event, said, fields))
}

fn failed(severity: &str, reason: &str) -> ServiceVerdict {
    use BounceKind::{Complaint, Delayed, Hard, Refused, Soft, Unsubscribe};
    match (severity, reason) {
        // The service goes on trying.
        ("temporary", _) => ServiceVerdict::Surely(Delayed),
        (_, "suppress-bounce") => ServiceVerdict::Surely(Hard),
        (_, "suppress-complaint") => ServiceVerdict::Surely(Complaint),
        (_, "suppress-unsubscribe") => ServiceVerdict::Surely(Unsubscribe),
        (_, "bounce") => ServiceVerdict::Failed { else_kind: Hard, is_lasting: true },
        // Tried for too long.
        (_, "old") => ServiceVerdict::Failed { else_kind: Soft, is_lasting: false },
        _ => ServiceVerdict::Failed { else_kind: Refused, is_lasting: true },
    }
}
