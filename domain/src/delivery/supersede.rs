//! The digest that a subscription is still owed when the next one is planned.
//!
//! At most one digest of a subscription is open, or two could choose the same papers: what waits is expired
//! in the transaction that plans the next, what is being sent is waited for. The rows are locked, so that no
//! worker claims one in between; the partial unique index `delivery_open_digest` is the last word. A digest
//! that is in doubt is not among them: what it covers was written down when it became so.

use std::collections::HashSet;

use entity::delivery;
use entity::enums::{DeliveryKind, DeliveryReason, DeliveryStatus};
use sea_orm::QuerySelect as _;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, Select,
};

use crate::Result;

/// The open digests of some subscriptions.
pub(crate) struct OpenDigests {
    waiting: Vec<delivery::Model>,
    busy: HashSet<i64>,
}

impl OpenDigests {
    /// Looks them up and keeps workers from those that wait, until the transaction ends.
    pub(crate) async fn lock(tx: &DatabaseTransaction, subscriptions: &[i64]) -> Result<Self> {
        let open = open(subscriptions).all(tx).await?;
        if open.is_empty() {
            return Ok(Self { waiting: Vec::new(), busy: HashSet::new() });
        }
        // Rows that someone else has locked are being claimed, or their end is being written.
        let locked = self::open(subscriptions)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .all(tx)
            .await?;
        let waiting: Vec<delivery::Model> =
            locked.into_iter().filter(|row| row.status != DeliveryStatus::Sending).collect();
        let ours: HashSet<i64> = waiting.iter().map(|row| row.id).collect();
        let busy = open.iter().filter(|row| !ours.contains(&row.id)).filter_map(|row| row.subscription_id);
        Ok(Self { busy: busy.collect(), waiting })
    }

    /// Whether a digest of the subscription is being sent right now.
    pub(crate) fn is_busy(&self, subscription_id: i64) -> bool {
        self.busy.contains(&subscription_id)
    }

    /// Ends what waits for subscriptions that now get another edition.
    pub(crate) async fn expire(&self, tx: &DatabaseTransaction, next: &[(i64, i64)]) -> Result<()> {
        let next: HashSet<(i64, i64)> = next.iter().copied().collect();
        let subscriptions: HashSet<i64> = next.iter().map(|(subscription_id, _)| *subscription_id).collect();
        let is_superseded = |row: &&delivery::Model| match (row.subscription_id, row.edition_id) {
            (Some(subscription), Some(edition)) => {
                subscriptions.contains(&subscription) && !next.contains(&(subscription, edition))
            }
            _ => false,
        };
        let superseded: Vec<i64> = self.waiting.iter().filter(is_superseded).map(|row| row.id).collect();
        if superseded.is_empty() {
            return Ok(());
        }
        let expired = delivery::ActiveModel {
            status: Set(DeliveryStatus::Expired),
            reason: Set(Some(DeliveryReason::Superseded)),
            next_attempt_at: Set(None),
            ..Default::default()
        };
        delivery::Entity::update_many()
            .set(expired)
            .filter(delivery::Column::Id.is_in(superseded))
            .exec(tx)
            .await?;
        Ok(())
    }
}

fn open(subscriptions: &[i64]) -> Select<delivery::Entity> {
    let open = [DeliveryStatus::Queued, DeliveryStatus::Deferred, DeliveryStatus::Sending];
    delivery::Entity::find()
        .filter(delivery::Column::SubscriptionId.is_in(subscriptions.iter().copied()))
        .filter(delivery::Column::Kind.eq(DeliveryKind::Digest))
        .filter(delivery::Column::Status.is_in(open))
        .filter(delivery::Column::DoubtedAt.is_null())
}
