//! Postmark's webhooks for bounces, complaints and changed subscriptions. It signs nothing; its address is given with
//! a name and a password. Documented at postmarkapp.com/developer/webhooks and /developer/api/bounce-api (types).

use entity::enums::BounceKind;
use serde_json::Value;

use super::{Fields, Notice, ServiceVerdict, at};

/// The notice of a record; `None` if nothing came back.
pub(super) fn read(record: &Value) -> Option<Notice> {
    let said = match at(record, "/RecordType").as_str() {
        "Bounce" => bounce(&at(record, "/Type"))?,
        "SpamComplaint" => ServiceVerdict::Surely(BounceKind::Complaint),
        "SubscriptionChange" => changed(record)?,
        _ => return None,
    };
    let [email, recipient] = [at(record, "/Email"), at(record, "/Recipient")];
    let fields = Fields {
        event_id: &at(record, "/ID"),
        address: if email.is_empty() { &recipient } else { &email },
        // What came back, if the webhook is set up to have it: the headers of the mail stand in it.
        marked: &at(record, "/Content"),
        diagnostic: &at(record, "/Details"),
        ..Fields::default()
    };
    Some(Notice::new("postmark", record, said, fields))
}

fn bounce(kind: &str) -> Option<ServiceVerdict> {
    use BounceKind::{Complaint, Delayed, Hard, Refused, Reply, Soft, Unknown, Unsubscribe};
    Some(match kind {
        "HardBounce" | "BadEmailAddress" => ServiceVerdict::Failed { else_kind: Hard, is_lasting: true },
        "SoftBounce" | "DnsError" | "Undeliverable" => {
            ServiceVerdict::Failed { else_kind: Soft, is_lasting: false }
        }
        "Transient" => ServiceVerdict::Surely(Delayed),
        "AutoResponder" | "AddressChange" | "ChallengeVerification" => ServiceVerdict::Surely(Reply),
        "SpamComplaint" => ServiceVerdict::Surely(Complaint),
        "Unsubscribe" => ServiceVerdict::Surely(Unsubscribe),
        "Subscribe" => return None,
        "Unknown" | "Unconfirmed" => ServiceVerdict::Failed { else_kind: Unknown, is_lasting: false },
        _ => ServiceVerdict::Surely(Refused),
    })
}

/// That the service sends no more to an address.
fn changed(record: &Value) -> Option<ServiceVerdict> {
    if record.get("SuppressSending") != Some(&Value::Bool(true)) {
        return None;
    }
    Some(ServiceVerdict::Surely(match at(record, "/SuppressionReason").as_str() {
        "HardBounce" => BounceKind::Hard,
        "SpamComplaint" => BounceKind::Complaint,
        _ if at(record, "/Origin") == "Recipient" => BounceKind::Unsubscribe,
        // An operator did it, who knows why.
        _ => BounceKind::Refused,
    }))
}
