//! Unconfirmed subscriptions: an address that a stranger may have typed is not kept. Its suppression is known by a
//! hash, and stays.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::SubscriptionStatus;
use entity::{delivery, subscription};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};

use crate::Result;
use crate::outbox::returned;
use crate::subscriptions::links::CONFIRM_LINK_LIFETIME;

/// The time for which an unconfirmed subscription is kept after its last request.
const RETENTION: TimeDelta = TimeDelta::days(7);

/// The number of rows deleted in one transaction.
const BATCH_SIZE: u64 = 1_000;

/// Forgets subscriptions that were asked for a week ago and never confirmed, and in the mails to them the address;
/// that a mail went out stays counted, by a keyed hash. Returns how many.
pub async fn forget_old(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<u64> {
    let gone = subscription::Entity::find().filter(is_old(now));
    let ids: Vec<i64> = sea_orm::QuerySelect::limit(sea_orm::QuerySelect::lock_exclusive(gone), BATCH_SIZE)
        .all(tx)
        .await?
        .iter()
        .map(|row| row.id)
        .collect();
    if ids.is_empty() {
        return Ok(0);
    }
    let mails = || delivery::Column::SubscriptionId.is_in(ids.iter().copied());
    let sent: SelectStatement =
        Query::select().column(delivery::Column::Id).from(delivery::Entity).and_where(mails()).to_owned();
    returned::forget_words(tx, returned::of_deliveries(sent)).await?;
    let forgotten = delivery::ActiveModel {
        recipient: Set(String::new()),
        domain: Set(String::new()),
        reply: Set(None),
        ..Default::default()
    };
    delivery::Entity::update_many().set(forgotten).filter(mails()).exec(tx).await?;
    let done = subscription::Entity::delete_many()
        .filter(subscription::Column::Id.is_in(ids.iter().copied()))
        .exec(tx);
    Ok(done.await?.rows_affected)
}

fn is_old(now: DateTime<Utc>) -> sea_orm::Condition {
    // A request that was mailed says when it was made; one that was not, when the row was.
    let asked_before =
        Expr::col(subscription::Column::ConfirmExpiresAt).lte(now - RETENTION + CONFIRM_LINK_LIFETIME);
    let made_before = subscription::Column::CreatedAt.lte(now - RETENTION);
    sea_orm::Condition::all()
        .add(subscription::Column::Status.ne(SubscriptionStatus::Active))
        .add(subscription::Column::ConfirmedAt.is_null())
        .add(made_before)
        .add(
            sea_orm::Condition::any().add(subscription::Column::ConfirmExpiresAt.is_null()).add(asked_before),
        )
}
