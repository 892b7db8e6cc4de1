//! The outcome of a delivery attempt.

use crate::delivery::record::classify::Alarm;
use chrono::{DateTime, Utc};
use entity::delivery;
use entity::enums::{DeliveryReason, DeliveryStatus};

/// The outcome of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The delivery.
    pub id: i64,
    /// The claim that it was attempted under.
    pub attempt: i32,
    /// Its state from now on.
    pub status: DeliveryStatus,
    /// Why, if it was not sent.
    pub reason: Option<DeliveryReason>,
    /// The server's reply; `None` keeps the previous one.
    pub reply: Option<String>,
    /// The time of the next attempt; `None` if there is none.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// The end of the attempt.
    pub at: DateTime<Utc>,
    /// Whether this counts as a step of the retry schedule.
    pub is_deferral: bool,
    /// Whether the mailbox does not exist, so that no mail should go there again.
    pub suppresses: bool,
    /// Whether it is a sign that mail from here is not wanted.
    pub alarm: Option<Alarm>,
}

impl Outcome {
    /// The state of a delivery from now on, with nothing more to say.
    pub(crate) fn new(row: &delivery::Model, status: DeliveryStatus, now: DateTime<Utc>) -> Self {
        Self {
            id: row.id,
            attempt: row.attempt,
            status,
            reason: None,
            reply: None,
            next_attempt_at: None,
            at: now,
            is_deferral: false,
            suppresses: false,
            alarm: None,
        }
    }

    /// A delivery that ends for this reason without an attempt.
    pub(crate) fn end(row: &delivery::Model, reason: DeliveryReason, now: DateTime<Utc>) -> Self {
        let status = match reason {
            DeliveryReason::Unsubscribed | DeliveryReason::Suppressed => DeliveryStatus::Suppressed,
            DeliveryReason::RetriesExhausted | DeliveryReason::Superseded => DeliveryStatus::Expired,
            DeliveryReason::Cancelled => DeliveryStatus::Cancelled,
            DeliveryReason::Empty => DeliveryStatus::Skipped,
            _ => DeliveryStatus::Failed,
        };
        Self { reason: Some(reason), ..Self::new(row, status, now) }
    }

    /// Back to the queue at no cost, not to be claimed before `not_before`.
    pub(crate) fn released(
        row: &delivery::Model,
        why: Option<String>,
        now: DateTime<Utc>,
        not_before: DateTime<Utc>,
    ) -> Self {
        // What was in doubt stays so until it is tried again.
        let status = if row.doubted_at.is_some() { DeliveryStatus::InDoubt } else { DeliveryStatus::Queued };
        Self { reply: why, next_attempt_at: Some(not_before), ..Self::new(row, status, now) }
    }
}
