//! Every mail from planned to its end.
//!
//! The rows are the queue. [`plan`] writes a delivery for every subscription that is due, by its
//! [`schedule`]; [`transactional`] writes the mails that people ask for. A [`post_office::PostOffice`] drains
//! them: it [`claim`]s a batch by lease, [`choose`]s the papers of digests, [`compose`]s the messages, hands
//! them to the mail server, [`classify`]es what it says and records each [`outcome`]. Every step is a
//! compare-and-set on (id, attempt), so a worker that was taken for dead changes nothing any more. Domains that refuse
//! what comes from here open a [`circuit`].

pub mod backoff;
mod bag;
mod batches;
mod choose;
pub mod circuit;
mod claim;
pub mod classify;
mod compose;
mod contents;
mod context;
mod courier;
mod decide;
mod hands;
mod holds;
mod ledger;
pub mod link_limits;
pub mod outcome;
pub mod plan;
pub(crate) mod planned;
pub mod post_office;
pub mod preview;
mod rate;
pub mod read;
pub mod recover;
pub mod schedule;
pub mod sending;
pub(crate) mod storm;
pub(crate) mod supersede;
mod tally;
pub mod test_digest;
mod throttling;
pub mod transactional;
pub(crate) mod withdraw;
pub mod zone_data;

use chrono::{DateTime, Utc};
use entity::delivery;
use entity::enums::{DeliveryKind, DeliveryStatus};
use sea_orm::ActiveValue::Set;

use crate::mail::address::Address;
use crate::random;
use crate::settings::Settings;

/// Which of the two queues a delivery waits in. Mail that a person waits for never waits behind digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Confirmation, manage and test mail.
    Transactional,
    /// Digests.
    Digests,
}

/// A delivery that waits for its first attempt.
fn queued(
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
