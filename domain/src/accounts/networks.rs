//! Networks that people signed in from, as keyed hashes: a request from there is likely to come from the owner of the
//! account.

use chrono::{DateTime, TimeDelta, Utc};
use entity::known_network;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _,
};

use crate::Result;

/// The time for which a network is remembered after a sign-in.
const KNOWN_FOR: TimeDelta = TimeDelta::days(90);

/// Whether a person signed in from a network lately; `hashes` are its own under every key.
pub(super) async fn is_known(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    user_id: i64,
    hashes: &[String],
) -> Result<bool> {
    let known = known_network::Entity::find()
        .filter(known_network::Column::UserId.eq(user_id))
        .filter(known_network::Column::NetworkHash.is_in(hashes.iter().cloned()))
        .filter(known_network::Column::SeenAt.gt(now - KNOWN_FOR));
    Ok(known.one(tx).await?.is_some())
}

/// Remembers that a person signed in from a network.
pub(super) async fn remember(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    user_id: i64,
    hash: Option<&str>,
) -> Result<()> {
    let Some(hash) = hash else { return Ok(()) };
    let row = known_network::ActiveModel {
        user_id: Set(user_id),
        network_hash: Set(hash.to_owned()),
        seen_at: Set(now),
    };
    let again = OnConflict::columns([known_network::Column::UserId, known_network::Column::NetworkHash])
        .update_column(known_network::Column::SeenAt)
        .to_owned();
    known_network::Entity::insert(row).on_conflict(again).exec_without_returning(tx).await?;
    Ok(())
}

/// Forgets networks from where nobody signed in for long.
pub async fn forget_old(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<()> {
    known_network::Entity::delete_many()
        .filter(known_network::Column::SeenAt.lte(now - KNOWN_FOR))
        .exec(connection)
        .await?;
    Ok(())
}
