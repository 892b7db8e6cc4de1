//! Ending a subscription: by the link of any mail, for ever, and again is as good as once.

use chrono::{DateTime, Utc};
use entity::enums::{DeliveryReason, SubscriptionStatus, SuppressionReason};
use entity::subscription;
use sea_orm::{ActiveModelTrait as _, DatabaseTransaction, EntityTrait as _};

use crate::delivery::withdraw;
use crate::keys::{Keys, Purpose, Token};
use crate::{Result, Services};

use super::{by_token, suppression, wrong_token};

/// Whether an unsubscribe token is good, and the subscription still to be ended. Changes nothing.
///
/// # Errors
/// `INVALID` where the token is wrong.
pub async fn preview(services: &Services, token: &str) -> Result<bool> {
    let token = Token::parse(token).ok_or_else(wrong_token)?;
    let row = subscription::Entity::find_by_id(token.id).one(services.db.read()).await?;
    let keys = &services.settings.keys;
    let row = row.filter(|row| keys.verify(token, Purpose::Unsubscribe, &row.link_nonce));
    Ok(can_leave(row.ok_or_else(wrong_token)?.status))
}

/// Whether there is a subscription to end. One that is suppressed gets nothing now, but may be released; who leaves it is
/// not to come back by that.
#[must_use]
pub(super) fn can_leave(status: SubscriptionStatus) -> bool {
    status != SubscriptionStatus::Unsubscribed
}

/// Whether it gets mail, or will once it is confirmed.
#[must_use]
pub(crate) fn is_running(status: SubscriptionStatus) -> bool {
    matches!(status, SubscriptionStatus::Pending | SubscriptionStatus::Active)
}

/// Ends the subscription that the token names; mail that waits for it is not sent.
///
/// # Errors
/// `INVALID` where the token is wrong.
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
pub(super) async fn leave(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    row: subscription::Model,
) -> Result<subscription::Model> {
    suppression::add(tx, keys, now, &row.address_key, SuppressionReason::Unsubscribed, None).await?;
    withdraw::withdraw(tx, row.id, DeliveryReason::Unsubscribed).await?;
    end(tx, row, SubscriptionStatus::Unsubscribed).await
}

/// Gives a subscription a state in which nothing is due, and kills the links that could revive it.
pub(crate) async fn end(
    tx: &DatabaseTransaction,
    row: subscription::Model,
    status: SubscriptionStatus,
) -> Result<subscription::Model> {
    let ended = subscription::Model {
        status,
        pending: None,
        confirm_nonce: None,
        confirm_expires_at: None,
        next_due_at: None,
        next_local_date: None,
        ..row
    };
    let ended: subscription::ActiveModel = ended.into();
    Ok(ended.reset_all().update(tx).await?)
}
