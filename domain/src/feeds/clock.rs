//! The feed clock: one row that gives out strictly rising instants, in the order of commits.
//!
//! A digest covers all papers that were recorded before its papers were chosen. With the clocks of the
//! machines alone a paper could be stamped first and committed later, or stamped by a machine whose clock
//! is behind, and be taken for covered without ever having been seen. So `featured_paper.recorded_at`
//! and `delivery.chosen_at` come from here: whoever ticks holds the row until the end of the
//! transaction, hence every paper with an earlier stamp is visible to whoever ticks later.

use chrono::{DateTime, TimeDelta, Utc};
use entity::feed_clock;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, DatabaseTransaction, EntityTrait as _, QuerySelect as _,
};

use crate::{Error, Result};

/// The next instant: `now`, or just after the last one where `now` is not later than that.
///
/// # Errors
/// Where the database fails.
pub async fn tick(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let last = feed_clock::Entity::find_by_id(1_i64)
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or_else(|| Error::Internal("the row of the feed clock is missing".to_owned()))?;
    let next = now.max(last.at + TimeDelta::milliseconds(1));
    feed_clock::ActiveModel { id: Set(last.id), at: Set(next) }.update(tx).await?;
    Ok(next)
}
