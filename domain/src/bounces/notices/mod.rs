//! Notices that mail services send as JSON over HTTP instead of returning mail: Amazon SES (by SNS or as it
//! is), SendGrid, Mailgun, Postmark.
//!
//! Each service has a file that knows its words and makes [`Notice`]s of them; here they are judged as all that comes
//! back is: the words of the recipient's server first ([`super::verdict`]), then what the service made of them. A
//! notice counts only if it is known that the service wrote it, by a token that it alone holds or by its signature
//! ([`signed`], [`sns`]). Then also a Message-ID or an address names a delivery, since some services keep no header of
//! ours.
//!
//! Always: at most [`MAX_NOTICES`] of a request; an event that says nothing about returned mail is not a notice.

mod mailgun;
mod postmark;
mod sendgrid;
mod ses;
pub mod signed;
pub mod sns;

use data_encoding::HEXLOWER;
use entity::enums::BounceKind;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use smtp::redacted;

use crate::mail::verp;

use super::dsn::{self, Status};
use super::report::{self, Report};
use super::verdict;

/// Notices of a request at most.
pub const MAX_NOTICES: usize = 1_000;

/// The sender of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Amazon Simple Email Service, its notices handed on as they are.
    Ses,
    /// Amazon Simple Notification Service, with a notice of SES in it.
    Sns,
    /// Twilio SendGrid's Event Webhook.
    SendGrid,
    /// Mailgun's webhooks.
    Mailgun,
    /// Postmark's webhooks.
    Postmark,
}

impl Service {
    /// The service that sent these notices; `None` if it is not known.
    #[must_use]
    pub fn of(body: &Value) -> Option<Self> {
        if body.get("TopicArn").is_some() && body.get("Type").is_some() {
            return Some(Self::Sns);
        }
        if body.get("mail").is_some() && ses::kind(body).is_some() {
            return Some(Self::Ses);
        }
        if body.get("event-data").is_some() {
            return Some(Self::Mailgun);
        }
        if body.get("RecordType").is_some() {
            return Some(Self::Postmark);
        }
        let events = body.as_array()?;
        events.iter().all(|event| event.get("event").is_some()).then_some(Self::SendGrid)
    }

    /// The notices of a body.
    #[must_use]
    pub fn notices(self, body: &Value) -> Vec<Notice> {
        let mut notices = match self {
            Self::Ses => ses::read(body),
            Self::Sns => sns::message(body).as_ref().map(ses::read).unwrap_or_default(),
            Self::SendGrid => body.as_array().into_iter().flatten().filter_map(sendgrid::read).collect(),
            Self::Mailgun => mailgun::read(body).into_iter().collect(),
            Self::Postmark => postmark::read(body).into_iter().collect(),
        };
        notices.truncate(MAX_NOTICES);
        notices
    }
}

/// The verdict of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ServiceVerdict {
    /// It is this, whatever words stand beside it.
    Surely(BounceKind),
    /// It failed, for good or not; the words of the recipient's server tell why, else it is this.
    Failed { else_kind: BounceKind, is_lasting: bool },
}

/// The notice of a service about one mail.
#[derive(Clone, Debug)]
pub struct Notice {
    pub(super) report: Report,
    /// The same for the same event, however often it is told.
    pub(super) fingerprint: String,
    /// The Message-ID of the mail, without brackets.
    pub(super) message_id: Option<String>,
    /// As it came.
    pub(super) text: String,
}

/// Fields whose names depend on the service.
#[derive(Clone, Copy, Debug, Default)]
struct Fields<'a> {
    /// The service's name of this event; empty if it has none.
    event_id: &'a str,
    /// The recipient.
    address: &'a str,
    message_id: &'a str,
    /// Texts that may contain the mark: headers of the mail, the envelope sender, the returned message.
    marked: &'a str,
    status: &'a str,
    /// The reply of the recipient's server.
    diagnostic: &'a str,
}

impl Notice {
    fn new(service: &str, event: &Value, said: ServiceVerdict, fields: Fields<'_>) -> Self {
        let status = dsn::status_in(fields.status).or_else(|| dsn::status_in(fields.diagnostic));
        let (_, diagnostic) = dsn::typed(fields.diagnostic);
        let text = event.to_string();
        let id = if fields.event_id.is_empty() { text.as_str() } else { fields.event_id };
        let mut marks = report::marks_in(fields.marked);
        marks.extend(fields.marked.split_whitespace().filter_map(verp::token_of_address));
        let address = Some(fields.address.trim()).filter(|address| !address.is_empty());
        let message_id = fields.message_id.trim().trim_matches(['<', '>']);
        Self {
            report: Report {
                kind: judge(said, &diagnostic, status),
                diagnostic: Some(redacted(&diagnostic)).filter(|text| !text.is_empty()),
                address: address.map(ToOwned::to_owned),
                marks,
            },
            fingerprint: HEXLOWER.encode(&Sha256::digest(format!("{service} {} {id}", fields.address))),
            message_id: Some(message_id).filter(|id| !id.is_empty()).map(ToOwned::to_owned),
            text,
        }
    }
}

fn judge(said: ServiceVerdict, diagnostic: &str, status: Option<Status>) -> BounceKind {
    match said {
        ServiceVerdict::Surely(kind) => kind,
        ServiceVerdict::Failed { else_kind, is_lasting } => match verdict::of_text(diagnostic, status) {
            Some(BounceKind::Hard) if !is_lasting => BounceKind::Soft,
            Some(kind) => kind,
            None => else_kind,
        },
    }
}

/// The text at a place (RFC 6901), empty if there is none; numbers as text.
fn at(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The kinds in a body.
    fn kinds(body: &Value) -> Vec<BounceKind> {
        let notices = Service::of(body).expect("somebody's").notices(body);
        notices.iter().map(|notice| notice.report.kind).collect()
    }

    #[test]
    fn notices_of_amazon_ses_are_read() {
        use BounceKind::{Complaint, Delayed, Hard, Refused, Soft};
        let bounce = |kind: &str, sub: &str, status: &str, said: &str| {
            json!({ "notificationType": "Bounce", "mail": { "source": "b+x@bounces.example.org" }, "bounce": {
                "bounceType": kind, "bounceSubType": sub, "feedbackId": "f",
                "bouncedRecipients": [{ "emailAddress": "ada@example.org", "status": status, "diagnosticCode": said }] } })
        };
        for (body, kind) in [
            (bounce("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"), Hard),
            (bounce("Permanent", "NoEmail", "", ""), Hard),
            (bounce("Permanent", "General", "5.7.1", "smtp; 550 5.7.1 looks like spam"), Refused),
            (bounce("Permanent", "OnAccountSuppressionList", "5.1.1", "smtp; spam"), Hard),
            (bounce("Transient", "MailboxFull", "5.2.2", "smtp; 552 5.2.2 over quota"), Soft),
            (bounce("Transient", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"), Soft),
            (bounce("Transient", "ContentRejected", "", ""), Refused),
            (bounce("Undetermined", "Undetermined", "", ""), Refused),
            (
                json!({ "eventType": "Complaint", "mail": {}, "complaint": { "complaintFeedbackType": "abuse",
                    "complainedRecipients": [{ "emailAddress": "ada@example.org" }] } }),
                Complaint,
            ),
            (
                json!({ "eventType": "DeliveryDelay", "mail": {}, "deliveryDelay": { "delayType": "General",
                    "delayedRecipients": [{ "emailAddress": "ada@example.org", "status": "4.4.1" }] } }),
                Delayed,
            ),
        ] {
            assert_eq!(kinds(&body), [kind], "{body}");
        }
        for silent in [
            json!({ "eventType": "Delivery", "mail": {} }),
            json!({ "eventType": "Complaint", "mail": {}, "complaint": { "complaintFeedbackType": "not-spam",
                "complainedRecipients": [{ "emailAddress": "ada@example.org" }] } }),
        ] {
            assert!(kinds(&silent).is_empty(), "{silent}");
        }
        let wrapped = json!({ "Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:t",
            "Message": bounce("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown").to_string() });
        assert_eq!(kinds(&wrapped), [Hard]);
    }

    #[test]
    fn notices_of_sendgrid_are_read() {
        use BounceKind::{Complaint, Delayed, Hard, Refused, Soft, Unsubscribe};
        for (event, kind) in [
            (
                json!({ "event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 no such user" }),
                Hard,
            ),
            (json!({ "event": "bounce", "type": "bounce", "reason": "552 5.2.2 mailbox full" }), Soft),
            (json!({ "event": "bounce", "type": "bounce", "reason": "550 5.7.1 blocked as spam" }), Refused),
            (json!({ "event": "bounce", "type": "blocked", "reason": "421 try later" }), Soft),
            (json!({ "event": "dropped", "reason": "Bounced Address" }), Hard),
            (json!({ "event": "dropped", "reason": "Spam Reporting Address" }), Complaint),
            (json!({ "event": "dropped", "reason": "Unsubscribed Address" }), Unsubscribe),
            (json!({ "event": "deferred", "response": "450 try later" }), Delayed),
            (json!({ "event": "spamreport" }), Complaint),
            (json!({ "event": "group_unsubscribe" }), Unsubscribe),
        ] {
            assert_eq!(
                kinds(&json!([event, { "event": "delivered" }, { "event": "open" }])),
                [kind],
                "{event}"
            );
        }
    }

    #[test]
    fn notices_of_mailgun_are_read() {
        use BounceKind::{Complaint, Delayed, Hard, Refused, Soft, Unsubscribe};
        for (event, kind) in [
            (
                json!({ "event": "failed", "severity": "permanent", "reason": "bounce",
                    "delivery-status": { "code": 550, "message": "5.1.1 The email account that you tried to reach does not exist" } }),
                Hard,
            ),
            (
                json!({ "event": "failed", "severity": "permanent", "reason": "generic",
                    "delivery-status": { "code": 552, "message": "5.2.2 mailbox full" } }),
                Soft,
            ),
            (json!({ "event": "failed", "severity": "permanent", "reason": "old" }), Soft),
            (json!({ "event": "failed", "severity": "permanent", "reason": "generic" }), Refused),
            (json!({ "event": "failed", "severity": "permanent", "reason": "suppress-bounce" }), Hard),
            (
                json!({ "event": "failed", "severity": "permanent", "reason": "suppress-complaint" }),
                Complaint,
            ),
            (
                json!({ "event": "failed", "severity": "permanent", "reason": "suppress-unsubscribe" }),
                Unsubscribe,
            ),
            (
                json!({ "event": "failed", "severity": "temporary", "reason": "generic",
                    "delivery-status": { "code": 451, "message": "greylisted" } }),
                Delayed,
            ),
            (json!({ "event": "complained" }), Complaint),
            (json!({ "event": "unsubscribed" }), Unsubscribe),
        ] {
            assert_eq!(kinds(&json!({ "signature": {}, "event-data": event })), [kind], "{event}");
        }
        assert!(kinds(&json!({ "event-data": { "event": "opened" } })).is_empty());
    }

    #[test]
    fn notices_of_postmark_are_read() {
        use BounceKind::{Complaint, Delayed, Hard, Refused, Reply, Soft, Unsubscribe};
        for (fields, kind) in [
            (
                json!({ "RecordType": "Bounce", "Type": "HardBounce", "Details": "smtp;550 5.1.1 no such user" }),
                Hard,
            ),
            (json!({ "RecordType": "Bounce", "Type": "BadEmailAddress" }), Hard),
            (
                json!({ "RecordType": "Bounce", "Type": "HardBounce", "Details": "smtp;550 5.7.1 spam detected" }),
                Refused,
            ),
            (json!({ "RecordType": "Bounce", "Type": "SoftBounce", "Details": "552 5.2.2 full" }), Soft),
            (json!({ "RecordType": "Bounce", "Type": "Transient" }), Delayed),
            (json!({ "RecordType": "Bounce", "Type": "AutoResponder" }), Reply),
            (json!({ "RecordType": "Bounce", "Type": "SpamNotification" }), Refused),
            (json!({ "RecordType": "Bounce", "Type": "SpamComplaint" }), Complaint),
            (json!({ "RecordType": "SpamComplaint", "Type": "SpamComplaint" }), Complaint),
            (
                json!({ "RecordType": "SubscriptionChange", "SuppressSending": true,
                    "SuppressionReason": "ManualSuppression", "Origin": "Recipient" }),
                Unsubscribe,
            ),
        ] {
            assert_eq!(kinds(&fields), [kind], "{fields}");
        }
        for silent in [
            json!({ "RecordType": "Delivery" }),
            json!({ "RecordType": "SubscriptionChange", "SuppressSending": false }),
        ] {
            assert!(kinds(&silent).is_empty(), "{silent}");
        }
    }

    #[test]
    fn other_json_is_not_a_notice() {
        for body in [json!({}), json!(1), json!({ "event": "bounce" }), json!([{}]), json!({ "mail": {} })] {
            assert!(Service::of(&body).is_none(), "{body}");
        }
    }
}
