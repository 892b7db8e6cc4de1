//! E-mail subscriptions: requested, confirmed, changed, ended.
//!
//! One subscription for a lower-cased address. What a request asks for is kept aside and applied when its
//! confirmation is used, so a stranger changes nobody's settings; and every request runs the same
//! statements and gets the same answer, so it does not reveal whether an address is known.

pub mod administration;
pub mod confirm;
pub mod csv;
pub(crate) mod ending;
pub mod erase;
mod links;
pub mod manage;
pub mod not_me;
mod reschedule;
pub mod settings;
pub mod subscribe;
pub mod suppression;
mod unconfirmed;
pub mod unsubscribe;

pub use links::{CONFIRM_LINK_LIFETIME, MANAGE_LINK_LIFETIME};
pub use unconfirmed::forget_old;

use std::collections::HashMap;

use chrono::TimeDelta;
use db::PositionalRow as _;
use entity::subscription;
use sea_orm::sea_query::{ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};

use crate::error::{Error, UserErrorCode};
use crate::keys::Keys;
use crate::schedule::{SPREAD_SECONDS, Schedule};
use crate::{Result, zones};

/// The schedule of a subscription's digests.
///
/// # Errors
/// If the row contains an invalid zone or time.
pub fn schedule(keys: &Keys, row: &subscription::Model) -> Result<Schedule> {
    let zone = zones::find(&row.time_zone)
        .ok_or_else(|| Error::Internal(format!("subscription {} has no known time zone", row.id)))?;
    let send_time = settings::parse_time(&row.send_time)
        .ok_or_else(|| Error::Internal(format!("subscription {} has no send time", row.id)))?;
    let spread = keys.spread("digest-spread", row.id) % SPREAD_SECONDS;
    Ok(Schedule {
        zone,
        send_time,
        weekdays: row.weekdays,
        cadence: row.cadence,
        not_before: row.paused_until,
        spread: TimeDelta::seconds(i64::try_from(spread).unwrap_or_default()),
    })
}

/// The subscriptions with these row ids, by id.
///
/// # Errors
/// If the database fails.
pub async fn by_ids(
    connection: &impl ConnectionTrait,
    ids: &[i64],
) -> Result<HashMap<i64, subscription::Model>> {
    let mut query = Query::select();
    subscription::Entity::select_whole(&mut query);
    query
        .from(subscription::Entity)
        .and_where(subscription::Column::Id.into_expr().is_in(ids.iter().copied()));
    let rows = connection.query_all(&query).await?;
    let rows = rows.iter().map(subscription::Entity::whole);
    let rows = rows.map(|row| row.map(|row| (row.id, row)));
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The subscription of an address, by its key, locked.
pub(crate) async fn of_address(tx: &DatabaseTransaction, key: &str) -> Result<Option<subscription::Model>> {
    Ok(subscription::Entity::find()
        .filter(subscription::Column::AddressKey.eq(key))
        .lock_exclusive()
        .one(tx)
        .await?)
}

/// A subscription that an administrator named, locked.
async fn by_id(tx: &DatabaseTransaction, id: i64) -> Result<subscription::Model> {
    subscription::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or_else(|| Error::user(UserErrorCode::NotFound, &["id"], "There is no such subscription."))
}
