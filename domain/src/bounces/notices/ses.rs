//! Amazon SES: notifications by SNS topic (`notificationType`) and published events (`eventType`), which differ in that word
//! only. Documented at docs.aws.amazon.com/ses/latest/dg/notification-contents.html and event-publishing.

use entity::enums::BounceKind;
use serde_json::Value;

use super::{Fields, Notice, ServiceVerdict, at};

/// The recipient of a notification.
pub(super) fn kind(body: &Value) -> Option<&str> {
    body.get("notificationType").or_else(|| body.get("eventType"))?.as_str()
}

/// The notices of a notification: one for each recipient.
pub(super) fn read(body: &Value) -> Vec<Notice> {
    let (part, recipients, said) = match kind(body) {
        Some("Bounce") => ("/bounce", "/bounce/bouncedRecipients", bounce(body)),
        Some("Complaint") => {
            // That a mail was no spam is told in the same way.
            if at(body, "/complaint/complaintFeedbackType") == "not-spam" {
                return Vec::new();
            }
            ("/complaint", "/complaint/complainedRecipients", ServiceVerdict::Surely(BounceKind::Complaint))
        }
        Some("DeliveryDelay") => (
            "/deliveryDelay",
            "/deliveryDelay/delayedRecipients",
            ServiceVerdict::Surely(BounceKind::Delayed),
        ),
        _ => return Vec::new(),
    };
    let event_id = at(body, &format!("{part}/feedbackId"));
    let marked = marked(body);
    let message_id = header(body, "message-id").unwrap_or_default();
    let recipients = body.pointer(recipients).and_then(Value::as_array);
    recipients
        .into_iter()
        .flatten()
        .map(|recipient| {
            let fields = Fields {
                event_id: &event_id,
                address: &at(recipient, "/emailAddress"),
                message_id: &message_id,
                marked: &marked,
                status: &at(recipient, "/status"),
                diagnostic: &at(recipient, "/diagnosticCode"),
            };
            Notice::new("ses", body, said, fields)
        })
        .collect()
}

fn bounce(body: &Value) -> ServiceVerdict {
    use BounceKind::{Hard, Refused, Soft};
    let (kind, sub) = (at(body, "/bounce/bounceType"), at(body, "/bounce/bounceSubType"));
    match (kind.as_str(), sub.as_str()) {
        // Not even tried: it is on a list of the service.
        ("Permanent", "Suppressed" | "OnAccountSuppressionList") => ServiceVerdict::Surely(Hard),
        ("Permanent", _) => ServiceVerdict::Failed { else_kind: Hard, is_lasting: true },
        ("Transient", "MessageTooLarge" | "ContentRejected" | "AttachmentRejected") => {
            ServiceVerdict::Surely(Refused)
        }
        ("Transient", _) => ServiceVerdict::Failed { else_kind: Soft, is_lasting: false },
        _ => ServiceVerdict::Failed { else_kind: Refused, is_lasting: true },
    }
}

/// The headers of the mail, if the notification is set up to have them, and the envelope sender.
fn marked(body: &Value) -> String {
    let headers = body.pointer("/mail/headers").and_then(Value::as_array).into_iter().flatten();
    let headers = headers.map(|header| format!("{}: {}\n", at(header, "/name"), at(header, "/value")));
    format!("{}{}", headers.collect::<String>(), at(body, "/mail/source"))
}

fn header(body: &Value, name: &str) -> Option<String> {
    let headers = body.pointer("/mail/headers")?.as_array()?;
    let header = headers.iter().find(|header| at(header, "/name").eq_ignore_ascii_case(name))?;
    Some(at(header, "/value"))
}
