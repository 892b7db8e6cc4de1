//! The withdrawal of queued mail to people who unsubscribed.

use entity::delivery;
use entity::enums::{DeliveryReason, DeliveryStatus};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};

use crate::Result;

/// Ends what waits for a subscriber who left; what is being sent is stopped by its worker.
pub(crate) async fn withdraw(
    tx: &DatabaseTransaction,
    subscription_id: i64,
    reason: DeliveryReason,
) -> Result<()> {
    let withdrawn = delivery::ActiveModel {
        status: Set(DeliveryStatus::Suppressed),
        reason: Set(Some(reason)),
        next_attempt_at: Set(None),
        ..Default::default()
    };
    let waiting = [DeliveryStatus::Queued, DeliveryStatus::Deferred, DeliveryStatus::InDoubt];
    delivery::Entity::update_many()
        .set(withdrawn)
        .filter(delivery::Column::SubscriptionId.eq(subscription_id))
        .filter(delivery::Column::Status.is_in(waiting))
        .filter(delivery::Column::NextAttemptAt.is_not_null())
        .exec(tx)
        .await?;
    Ok(())
}
