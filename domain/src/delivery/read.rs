//! Reading deliveries.

use std::collections::HashMap;

use entity::{delivery, subscription};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, Select};

use crate::Result;
use crate::paging::{self, Key, Keyset, Kind, Page, Slice};

/// The deliveries of a subscription, the latest first.
#[derive(Clone, Copy, Debug)]
pub struct SubscriptionDeliveries {
    /// The subscription.
    pub subscription_id: i64,
}

impl SubscriptionDeliveries {
    /// The columns that its keys consist of.
    #[must_use]
    pub fn keyset(self) -> Keyset {
        Keyset::falling(vec![(delivery::Column::Id.into_expr(), Kind::Number)])
    }

    /// The key of one of its deliveries.
    #[must_use]
    pub fn key(self, delivery: &delivery::Model) -> Key {
        vec![delivery.id]
    }

    /// A part of the list.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn page(
        self,
        connection: &impl ConnectionTrait,
        slice: &Slice,
    ) -> Result<Page<delivery::Model>> {
        let rows = self.keyset().apply(self.select(), slice).all(connection).await?;
        Ok(Keyset::page(rows, slice))
    }

    /// How many deliveries it has; `None` above 10,000.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn total_count(self, connection: &impl ConnectionTrait) -> Result<Option<u64>> {
        paging::total_count(connection, self.select()).await
    }

    fn select(self) -> Select<delivery::Entity> {
        delivery::Entity::find().filter(delivery::Column::SubscriptionId.eq(self.subscription_id))
    }
}

/// The deliveries with these row ids, by id.
///
/// # Errors
/// Where the database fails.
pub async fn by_ids(connection: &impl ConnectionTrait, ids: &[i64]) -> Result<HashMap<i64, delivery::Model>> {
    let query = delivery::Entity::find().filter(delivery::Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(connection).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The subscriptions with these row ids, by id.
///
/// # Errors
/// Where the database fails.
pub async fn subscriptions(
    connection: &impl ConnectionTrait,
    ids: &[i64],
) -> Result<HashMap<i64, subscription::Model>> {
    let query = subscription::Entity::find().filter(subscription::Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(connection).await?.into_iter().map(|row| (row.id, row)).collect())
}
