//! The feed clock: one row that issues strictly increasing instants in commit order.
//!
//! A digest covers all papers that were recorded before its papers were chosen. With the clocks of the
//! machines alone a paper could be stamped first and committed later, or stamped by a machine whose clock
//! is behind, and be taken for covered without ever having been seen. So `featured_paper.recorded_at`
//! and `delivery.chosen_at` come from here: anyone who ticks holds the row until the end of the
//! transaction, hence every paper with an earlier stamp is visible to anyone who ticks later.

use chrono::{DateTime, TimeDelta, Utc};
use entity::feed_clock;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, DatabaseTransaction, EntityTrait as _, QuerySelect as _,
};

use crate::{Error, Result};

/// Digests that are chosen within this time share an instant, unless something happened to a feed meanwhile.
const SHARED_INSTANT_TIME: TimeDelta = TimeDelta::seconds(30);

/// The next instant: `now`, or just after the last one if `now` is not later than that.
pub async fn tick(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let last = lock(tx).await?;
    next(tx, &last, now, false).await
}

/// An instant to choose papers at. As long as nothing else ticks it is the one of the choice before, for a moment: what
/// there is to choose from is the same.
pub async fn choice(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let last = lock(tx).await?;
    if last.is_choice && last.at > now - SHARED_INSTANT_TIME {
        return Ok(last.at);
    }
    next(tx, &last, now, true).await
}

async fn lock(tx: &DatabaseTransaction) -> Result<feed_clock::Model> {
    feed_clock::Entity::find_by_id(1_i64)
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or_else(|| Error::Internal("the row of the feed clock is missing".to_owned()))
}

async fn next(
    tx: &DatabaseTransaction,
    last: &feed_clock::Model,
    now: DateTime<Utc>,
    is_choice: bool,
) -> Result<DateTime<Utc>> {
    let next = now.max(last.at + TimeDelta::milliseconds(1));
    feed_clock::ActiveModel { id: Set(last.id), at: Set(next), is_choice: Set(is_choice) }.update(tx).await?;
    Ok(next)
}
