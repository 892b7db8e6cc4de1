//! Returned mail: bounces, complaints and automatic replies.
//!
//! [`report`] reads a message: what kind it is, and which delivery it says it is about. [`take`] believes it only if
//! its mark ([`crate::mail::verp`]) is good, records it, and applies its consequences: a mailbox that does not exist is
//! suppressed, one that fails softly three times in 30 days or in a row too, a complaint for good; who asks by mail to
//! be left alone is unsubscribed. [`notices`] are what mail services tell instead. If far more mailboxes are said not
//! to exist than usual, something else is wrong: [`crate::delivery::health::bounce_surge`] suppresses nobody and keeps
//! all digests back.
//!
//! Always: everything that comes is kept for [`KEPT`], also what is not understood; the same message twice, or two of a
//! kind about one delivery, change nothing the second time; the address that a message names decides nothing.

mod dsn;
mod freeform;
mod intake;
mod mime;
pub mod notices;
mod origin;
pub mod report;
mod verdict;
mod words;

use chrono::{DateTime, TimeDelta, Utc};
use entity::bounce;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use crate::Result;

pub use intake::{BounceIntake, take, take_notice};

/// The maximum number of bytes of a message that are taken; [`report`] reads the beginning, where what matters stands.
pub const MAX_MESSAGE: usize = 1024 * 1024;

/// The retention time of returned mail.
pub const KEPT: TimeDelta = TimeDelta::days(90);

/// Forgets what is past keeping.
pub async fn forget_old(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64> {
    let old = bounce::Entity::delete_many().filter(bounce::Column::ReceivedAt.lte(now - KEPT));
    Ok(old.exec(connection).await?.rows_affected)
}
