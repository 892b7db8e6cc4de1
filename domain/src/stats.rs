//! Statistics for administrators.

use entity::enums::SubscriptionStatus;
use entity::{delivery, edition, featured_paper, paper, subscription, user};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use crate::Result;

/// Editions that are named.
const LAST_EDITIONS: u64 = 5;

/// Counts of the main tables.
#[derive(Clone, Debug)]
pub struct Stats {
    /// All papers.
    pub papers: u64,
    /// Those on a feed.
    pub featured_papers: u64,
    /// People with an account.
    pub users: u64,
    /// Subscriptions that get digests.
    pub active_subscriptions: u64,
    /// Subscriptions that wait to be confirmed.
    pub pending_subscriptions: u64,
    /// Deliveries that wait for an attempt.
    pub deliveries_due: u64,
    /// The latest editions.
    pub last_editions: Vec<edition::Model>,
}

/// Counts.
pub async fn count(connection: &impl ConnectionTrait) -> Result<Stats> {
    let subscriptions = |status: SubscriptionStatus| {
        subscription::Entity::find().filter(subscription::Column::Status.eq(status))
    };
    let on_feeds = featured_paper::Entity::find().filter(featured_paper::Column::RemovedAt.is_null());
    let due = delivery::Entity::find().filter(delivery::Column::NextAttemptAt.is_not_null());
    let last_editions = edition::Entity::find()
        .order_by_desc(edition::Column::EndsOn)
        .order_by_desc(edition::Column::Id)
        .limit(LAST_EDITIONS);
    Ok(Stats {
        papers: paper::Entity::find().count(connection).await?,
        featured_papers: on_feeds.count(connection).await?,
        users: user::Entity::find().count(connection).await?,
        active_subscriptions: subscriptions(SubscriptionStatus::Active).count(connection).await?,
        pending_subscriptions: subscriptions(SubscriptionStatus::Pending).count(connection).await?,
        deliveries_due: due.count(connection).await?,
        last_editions: last_editions.all(connection).await?,
    })
}
