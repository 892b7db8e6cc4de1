//! Addresses that no digest may reach, known by keyed hashes only.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::enums::SuppressionReason;
use entity::{subscription, suppression};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    sea_query::OnConflict,
};

use crate::Result;
use crate::keys::Keys;
use crate::paging::RowList;

/// Why the address is suppressed; `None` where it is not.
///
/// # Errors
/// Where the database fails.
pub async fn reason(
    connection: &impl ConnectionTrait,
    keys: &Keys,
    address_key: &str,
) -> Result<Option<SuppressionReason>> {
    Ok(find(connection, keys, address_key).await?.map(|row| row.reason))
}

/// Suppresses an address. One that is suppressed already stays so, for the reason that it has.
///
/// # Errors
/// Where the database fails.
pub async fn add(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    address_key: &str,
    reason: SuppressionReason,
    note: Option<String>,
) -> Result<()> {
    if self::reason(tx, keys, address_key).await?.is_some() {
        return Ok(());
    }
    let row = suppression::ActiveModel {
        id: NotSet,
        address_hash: Set(keys.address_hash(address_key)),
        key_id: Set(keys.signing_key_id()),
        reason: Set(reason),
        note: Set(note),
        since: Set(now),
    };
    let keep = OnConflict::column(suppression::Column::AddressHash).do_nothing().to_owned();
    suppression::Entity::insert(row).on_conflict(keep).exec_without_returning(tx).await?;
    Ok(())
}

/// Forgets what was said about a suppressed address.
///
/// # Errors
/// Where the database fails.
pub(super) async fn forget_note(tx: &DatabaseTransaction, keys: &Keys, address_key: &str) -> Result<()> {
    suppression::Entity::update_many()
        .set(suppression::ActiveModel { note: Set(None), ..Default::default() })
        .filter(suppression::Column::AddressHash.is_in(keys.address_hashes(address_key)))
        .exec(tx)
        .await?;
    Ok(())
}

/// Lifts a suppression.
///
/// # Errors
/// Where the database fails.
pub async fn lift(tx: &DatabaseTransaction, keys: &Keys, address_key: &str) -> Result<()> {
    suppression::Entity::delete_many()
        .filter(suppression::Column::AddressHash.is_in(keys.address_hashes(address_key)))
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether the owner of the mailbox can lift it by confirming anew; what others said stands.
#[must_use]
pub fn is_liftable(reason: SuppressionReason) -> bool {
    match reason {
        SuppressionReason::Unsubscribed
        | SuppressionReason::HardBounce
        | SuppressionReason::SoftBounces
        | SuppressionReason::Erased => true,
        SuppressionReason::Complaint | SuppressionReason::NotMe | SuppressionReason::Administrator => false,
    }
}

/// All suppressions, the latest first.
#[must_use]
pub fn list() -> RowList<suppression::Entity> {
    RowList::latest_first(
        "suppressions".to_owned(),
        suppression::Entity::find(),
        suppression::Column::Id,
        |row| row.id,
    )
}

/// The addresses behind hashes, where a subscription still holds them.
///
/// # Errors
/// Where the database fails.
pub async fn addresses(
    connection: &impl ConnectionTrait,
    hashes: &[String],
) -> Result<HashMap<String, String>> {
    let held = subscription::Entity::find()
        .filter(subscription::Column::AddressHash.is_in(hashes.iter().cloned()))
        .all(connection)
        .await?;
    Ok(held.into_iter().map(|row| (row.address_hash, row.email)).collect())
}

/// The suppression of an address, by hash.
///
/// # Errors
/// Where the database fails.
pub async fn find(
    connection: &impl ConnectionTrait,
    keys: &Keys,
    address_key: &str,
) -> Result<Option<suppression::Model>> {
    Ok(suppression::Entity::find()
        .filter(suppression::Column::AddressHash.is_in(keys.address_hashes(address_key)))
        .one(connection)
        .await?)
}
