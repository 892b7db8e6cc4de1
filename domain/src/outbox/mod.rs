//! The outbox: deliveries that are queued and not yet sent.
//!
//! The rows are the queue. [`transactional`] writes the mails that people ask for, within [`link_limits`];
//! [`digest_rows`] writes digests, [`supersede`] and [`withdraw`] end those that are no longer wanted, [`retry`] says when a
//! delivery that failed is tried again; [`returned`] forgets what came back of deliveries.
//!
//! Always: a row is written in the transaction of what it follows from.

pub(crate) mod digest_rows;
pub mod link_limits;
pub mod retry;
pub(crate) mod returned;
pub(crate) mod supersede;
pub mod transactional;
pub(crate) mod withdraw;

use chrono::{DateTime, Utc};
use entity::delivery;
use entity::enums::{DeliveryKind, DeliveryStatus};
use sea_orm::ActiveValue::Set;
use smtp::Address;

use crate::random;
use crate::settings::Settings;

/// The queue of a delivery. Mail that a person waits for never waits behind digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Confirmation, manage and test mail.
    Transactional,
    /// Digests.
    Digests,
}

/// A delivery that waits for its first attempt.
pub(crate) fn build_delivery(
    settings: &Settings,
    kind: DeliveryKind,
    recipient: &Address,
    now: DateTime<Utc>,
    due_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> delivery::ActiveModel {
    delivery::ActiveModel {
        kind: Set(kind),
        recipient: Set(recipient.to_string()),
        mailbox_hash: Set(settings.keys.address_hash(&recipient.mailbox_key())),
        domain: Set(recipient.domain().to_owned()),
        status: Set(DeliveryStatus::Queued),
        attempt: Set(0),
        deferrals: Set(0),
        next_attempt_at: Set(Some(due_at)),
        due_at: Set(due_at),
        expires_at: Set(expires_at),
        message_id: Set(format!("dp.{}@{}", random::name(), settings.mail.domain())),
        created_at: Set(now),
        ..Default::default()
    }
}
