//! Unsubscribing by the link in any mail, which never expires. Idempotent.
//!
//! Who pressed the button by mistake, or changed their mind, can undo it for a day by the same link; later, a new
//! confirmation can be mailed. An old mail that was passed on can therefore bring nobody back.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{DeliveryReason, SubscriptionStatus, SuppressionReason};
use entity::subscription;
use sea_orm::{ActiveModelTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _};

use crate::keys::{Keys, Purpose, Token};
use crate::outbox::withdraw;
use crate::subscriptions::reschedule;
use crate::{Result, Services};

use super::links::{by_token, wrong_token};
use super::{ending, suppression};

/// The time for which unsubscribing can be undone.
pub const UNSUBSCRIBE_UNDO_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// The state behind an unsubscribe link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaveState {
    /// A subscription that can be ended.
    Subscribed,
    /// One that has ended. `can_undo`: it can be restored by the same link.
    Left {
        /// Whether leaving can still be undone.
        can_undo: bool,
    },
}

/// The state of the subscription behind an unsubscribe token. Changes nothing.
///
/// # Errors
/// `INVALID` if the token is wrong.
pub async fn preview(services: &Services, token: &str) -> Result<LeaveState> {
    let token = Token::parse(token).ok_or_else(wrong_token)?;
    let db = services.db.read();
    let row = subscription::Entity::find_by_id(token.id).one(db).await?;
    let keys = &services.settings.keys;
    let row = row.filter(|row| keys.verify(token, Purpose::Unsubscribe, &row.link_nonce));
    let row = row.ok_or_else(wrong_token)?;
    if can_leave(row.status) {
        return Ok(LeaveState::Subscribed);
    }
    let can_undo = can_undo(db, keys, services.now(), &row).await?;
    Ok(LeaveState::Left { can_undo })
}

/// Whether leaving can be undone: the subscription had been confirmed, and its owner left within [`UNSUBSCRIBE_UNDO_LIFETIME`]. What
/// bounces, complaints and administrators said of the address stands.
async fn can_undo(
    connection: &impl ConnectionTrait,
    keys: &Keys,
    now: DateTime<Utc>,
    row: &subscription::Model,
) -> Result<bool> {
    let suppression = suppression::find(connection, keys, &row.address_key).await?;
    let has_left = |found: &entity::suppression::Model| {
        found.reason == SuppressionReason::Unsubscribed && now - found.since < UNSUBSCRIBE_UNDO_LIFETIME
    };
    Ok(row.status == SubscriptionStatus::Unsubscribed
        && row.confirmed_at.is_some()
        && suppression.as_ref().is_some_and(has_left))
}

/// Restores the subscription that the token names, with the settings that it had. Returns whether it could: one that
/// goes on already does.
///
/// # Errors
/// `INVALID` if the token is wrong.
pub async fn undo(services: &Services, token: &str) -> Result<bool> {
    let now = services.now();
    let keys = &services.settings.keys;
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let nonce = |row: &subscription::Model| Some(row.link_nonce.clone());
                let before = by_token(tx, keys, token, Purpose::Unsubscribe, nonce).await?;
                if before.status == SubscriptionStatus::Active {
                    return Ok(true);
                }
                if !can_undo(tx, keys, now, &before).await? {
                    return Ok(false);
                }
                suppression::lift(tx, keys, &before.address_key).await?;
                let mut row = subscription::Model { status: SubscriptionStatus::Active, ..before.clone() };
                reschedule::reschedule(tx, keys, now, &before, &mut row).await?;
                let row: subscription::ActiveModel = row.into();
                row.reset_all().update(tx).await?;
                Ok(true)
            })
        })
        .await
}

/// Whether there is a subscription to end. One that is suppressed gets nothing now, but may be released; who leaves it is
/// not to come back by that.
#[must_use]
pub(crate) fn can_leave(status: SubscriptionStatus) -> bool {
    status != SubscriptionStatus::Unsubscribed
}

/// Ends the subscription that the token names; mail that waits for it is not sent.
///
/// # Errors
/// `INVALID` if the token is wrong.
pub async fn unsubscribe(services: &Services, token: &str) -> Result<()> {
    let now = services.now();
    let keys = &services.settings.keys;
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let nonce = |row: &subscription::Model| Some(row.link_nonce.clone());
                let row = by_token(tx, keys, token, Purpose::Unsubscribe, nonce).await?;
                if !can_leave(row.status) {
                    return Ok(());
                }
                leave(tx, keys, now, row).await.map(drop)
            })
        })
        .await
}

/// Ends a subscription as its owner wants it: no mail that waits goes out, and none comes by itself again.
pub(crate) async fn leave(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    row: subscription::Model,
) -> Result<subscription::Model> {
    suppression::add(tx, keys, now, &row.address_key, SuppressionReason::Unsubscribed, None).await?;
    withdraw::withdraw(tx, row.id, DeliveryReason::Unsubscribed).await?;
    ending::end(tx, row, SubscriptionStatus::Unsubscribed).await
}
