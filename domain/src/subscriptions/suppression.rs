//! Suppressed addresses, to which no digest may be sent, stored as keyed hashes only.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use db::paging::RowList;
use entity::enums::{DeliveryReason, SubscriptionStatus, SuppressionReason};
use entity::{subscription, suppression};
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};

use crate::Result;
use crate::keys::Keys;
use crate::outbox::withdraw;
use crate::subscriptions::reschedule;

use super::{ending, of_address};

/// Why the address is suppressed; `None` if it is not.
pub async fn reason(
    connection: &impl ConnectionTrait,
    keys: &Keys,
    address_key: &str,
) -> Result<Option<SuppressionReason>> {
    Ok(find(connection, keys, address_key).await?.map(|row| row.reason))
}

/// Suppresses an address. One that is suppressed already stays so, for the reason that it has; but a reason that its
/// owner could lift gives way to one that they cannot, and what servers said of the mailbox to the word of its owner, who
/// leaves: that could be taken back ([`release_absent`]).
pub async fn add(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    address_key: &str,
    reason: SuppressionReason,
    note: Option<String>,
) -> Result<()> {
    if let Some(row) = find(tx, keys, address_key).await? {
        let is_firmer = is_liftable(row.reason) && !is_liftable(reason);
        let is_bounced = matches!(row.reason, SuppressionReason::HardBounce | SuppressionReason::SoftBounces);
        if is_firmer || (is_bounced && reason == SuppressionReason::Unsubscribed) {
            let mut firmer: suppression::ActiveModel = row.into();
            firmer.reason = Set(reason);
            firmer.note = Set(note);
            firmer.update(tx).await?;
        }
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

/// Suppresses an address and ends what it gets: what waits is not sent, and the links that could revive it are dead. Who
/// has left already stays one who left, unless the reason is firmer.
pub async fn stop(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    address_key: &str,
    reason: SuppressionReason,
    note: Option<String>,
) -> Result<()> {
    add(tx, keys, now, address_key, reason, note).await?;
    let held = of_address(tx, address_key).await?;
    if let Some(held) = held.filter(|row| !is_liftable(reason) || ending::is_running(row.status)) {
        withdraw::withdraw(tx, held.id, DeliveryReason::Suppressed).await?;
        ending::end(tx, held, SubscriptionStatus::Suppressed).await?;
    }
    Ok(())
}

/// Takes back the suppressions since an instant of mailboxes that were said not to exist: their number said that it
/// was wrong. Subscriptions that were confirmed go on, from their next date. Returns how many addresses.
pub async fn release_absent(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    since: DateTime<Utc>,
) -> Result<u64> {
    let absent = Condition::all()
        .add(suppression::Column::Reason.eq(SuppressionReason::HardBounce))
        .add(suppression::Column::Since.gt(since));
    let hashes = Query::select()
        .column(suppression::Column::AddressHash)
        .from(suppression::Entity)
        .cond_where(absent.clone())
        .to_owned();
    let held = subscription::Entity::find()
        .filter(subscription::Column::Status.eq(SubscriptionStatus::Suppressed))
        .filter(subscription::Column::ConfirmedAt.is_not_null())
        .filter(subscription::Column::AddressHash.in_subquery(hashes))
        .lock_exclusive()
        .all(tx)
        .await?;
    let released = suppression::Entity::delete_many().filter(absent).exec(tx).await?;
    for before in held {
        let mut row = subscription::Model { status: SubscriptionStatus::Active, ..before.clone() };
        reschedule::reschedule(tx, keys, now, &before, &mut row).await?;
        let row: subscription::ActiveModel = row.into();
        row.reset_all().update(tx).await?;
    }
    Ok(released.rows_affected)
}

/// Forgets what was said about a suppressed address.
pub(super) async fn forget_note(tx: &DatabaseTransaction, keys: &Keys, address_key: &str) -> Result<()> {
    suppression::Entity::update_many()
        .set(suppression::ActiveModel { note: Set(None), ..Default::default() })
        .filter(suppression::Column::AddressHash.is_in(keys.address_hashes(address_key)))
        .exec(tx)
        .await?;
    Ok(())
}

/// Lifts a suppression.
pub async fn lift(tx: &DatabaseTransaction, keys: &Keys, address_key: &str) -> Result<()> {
    suppression::Entity::delete_many()
        .filter(suppression::Column::AddressHash.is_in(keys.address_hashes(address_key)))
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether the owner of the mailbox can lift it by confirming again; what others said stands.
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

/// The addresses behind hashes, if a subscription still holds them.
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
