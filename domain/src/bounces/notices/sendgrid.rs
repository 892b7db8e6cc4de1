//! Twilio SendGrid's Event Webhook: an array of events. Documented at
//! twilio.com/docs/sendgrid/for-developers/tracking-events/event.

use entity::enums::BounceKind;
use serde_json::Value;

use super::{Fields, Notice, ServiceVerdict, at};

/// The notice of an event; `None` if nothing came back.
pub(super) fn read(event: &Value) -> Option<Notice> {
    use BounceKind::{Complaint, Delayed, Hard, Refused, Unsubscribe};
    let said = match at(event, "/event").as_str() {
        "bounce" if at(event, "/type") == "blocked" => {
            ServiceVerdict::Failed { else_kind: Refused, is_lasting: false }
        }
        "bounce" => ServiceVerdict::Failed { else_kind: Hard, is_lasting: true },
        "dropped" => dropped(&at(event, "/reason")),
        "deferred" => ServiceVerdict::Surely(Delayed),
        "spamreport" => ServiceVerdict::Surely(Complaint),
        "unsubscribe" | "group_unsubscribe" => ServiceVerdict::Surely(Unsubscribe),
        _ => return None,
    };
    let [reason, response] = [at(event, "/reason"), at(event, "/response")];
    let fields = Fields {
        event_id: &at(event, "/sg_event_id"),
        address: &at(event, "/email"),
        message_id: &at(event, "/smtp-id"),
        status: &at(event, "/status"),
        diagnostic: if reason.is_empty() { &response } else { &reason },
        ..Fields::default()
    };
    Some(Notice::new("sendgrid", event, said, fields))
}

/// An event for a mail that was not attempted because of a suppression list of the service.
fn dropped(reason: &str) -> ServiceVerdict {
    let reason = reason.to_ascii_lowercase();
    ServiceVerdict::Surely(match reason.as_str() {
        _ if reason.contains("unsubscribed") => BounceKind::Unsubscribe,
        _ if reason.contains("spam report") => BounceKind::Complaint,
        _ if reason.contains("bounced") || reason == "invalid" => BounceKind::Hard,
        _ => BounceKind::Refused,
    })
}
