//! Ending a subscription, by its owner, an administrator or a suppression.

use entity::enums::SubscriptionStatus;
use entity::subscription;
use sea_orm::{ActiveModelTrait as _, DatabaseTransaction};

use crate::Result;

/// Whether it gets mail, or will once it is confirmed.
#[must_use]
pub(crate) fn is_running(status: SubscriptionStatus) -> bool {
    matches!(status, SubscriptionStatus::Pending | SubscriptionStatus::Active)
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
