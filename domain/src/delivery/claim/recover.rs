//! Recovery of the claims of a worker that died.

use entity::delivery;
use entity::enums::DeliveryStatus;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::{Result, Services};

/// Puts deliveries whose lease has expired back into their queue; their next claim is a further attempt.
/// Returns how many.
pub async fn recover(services: &Services) -> Result<u64> {
    let now = services.now();
    let recovered = services
        .db
        .write(|tx| {
            Box::pin(async move {
                let queued = delivery::ActiveModel {
                    status: Set(DeliveryStatus::Queued),
                    lease_until: Set(None),
                    next_attempt_at: Set(Some(now)),
                    ..Default::default()
                };
                let done = delivery::Entity::update_many()
                    .set(queued)
                    .filter(delivery::Column::Status.eq(DeliveryStatus::Sending))
                    .filter(delivery::Column::LeaseUntil.lte(now))
                    .exec(tx)
                    .await?;
                Ok(done.rows_affected)
            })
        })
        .await?;
    if recovered > 0 {
        tracing::warn!(recovered, "deliveries of lost workers were requeued");
    }
    Ok(recovered)
}
