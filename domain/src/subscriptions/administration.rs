//! Administration of subscribers and addresses.

use db::paging::RowList;
use entity::enums::{SubscriptionStatus, SuppressionReason};
use entity::{subscription, suppression as table};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use smtp::{Address, masked};

use crate::audit::checked_reason;
use crate::error::Error;
use crate::mail::typed_address;
use crate::{Result, Services, audit};

use super::{by_id, ending, of_address, suppression, unsubscribe};

/// Subscriptions, the latest first: of a status, of an address, or all.
#[must_use]
pub fn list(status: Option<SubscriptionStatus>, address: Option<&Address>) -> RowList<subscription::Entity> {
    let name = format!("subscriptions {status:?} {:?}", address.map(Address::key));
    let mut rows = subscription::Entity::find();
    if let Some(status) = status {
        rows = rows.filter(subscription::Column::Status.eq(status));
    }
    if let Some(address) = address {
        rows = rows.filter(subscription::Column::AddressKey.eq(address.key()));
    }
    RowList::latest_first(name, rows, subscription::Column::Id, |row| row.id)
}

/// Ends a subscription; idempotent.
///
/// # Errors
/// `NOT_FOUND` if there is none.
pub async fn unsubscribe(services: &Services, actor_id: i64, id: i64) -> Result<subscription::Model> {
    let now = services.now();
    let keys = &services.settings.keys;
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let row = by_id(tx, id).await?;
                if !unsubscribe::can_leave(row.status) {
                    return Ok(row);
                }
                let before = row.status;
                let row = unsubscribe::leave(tx, keys, now, row).await?;
                let target = Some(format!("EmailSubscription:{id}"));
                let detail = serde_json::json!({ "status": audit::change(before, row.status) });
                audit::record(tx, now, Some(actor_id), "unsubscribeSubscriber", target, Some(detail)).await?;
                Ok(row)
            })
        })
        .await
}

/// Sees to it that nothing goes to an address any more, whatever its owner does.
///
/// # Errors
/// `INVALID` if the text is not an address, `REQUIRED` and `TOO_LONG` for the reason.
pub async fn suppress(services: &Services, actor_id: i64, email: &str, reason: &str) -> Result<table::Model> {
    let key = &typed_address(email, &["email"])?.key();
    let note = &checked_reason(reason)?;
    let now = services.now();
    let keys = &services.settings.keys;
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let why = SuppressionReason::Administrator;
                let before = suppression::reason(tx, keys, key).await?;
                suppression::stop(tx, keys, now, key, why, Some(note.clone())).await?;
                let row = suppression::find(tx, keys, key).await?;
                let row = row.ok_or_else(|| Error::Internal("the suppression is missing".to_owned()))?;
                let detail = serde_json::json!({
                    "address": masked(key), "reason": note, "suppression": audit::change(before, row.reason),
                });
                audit::record(tx, now, Some(actor_id), "suppressAddress", None, Some(detail)).await?;
                Ok(row)
            })
        })
        .await
}

/// Lets mail go to an address again; its owner subscribes again. Returns whether it was suppressed.
///
/// # Errors
/// `INVALID` if the text is not an address.
pub async fn lift(services: &Services, actor_id: i64, email: &str) -> Result<bool> {
    let key = &typed_address(email, &["email"])?.key();
    let now = services.now();
    let keys = &services.settings.keys;
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let Some(before) = suppression::find(tx, keys, key).await? else { return Ok(false) };
                suppression::lift(tx, keys, key).await?;
                if let Some(held) = of_address(tx, key).await?
                    && held.status == SubscriptionStatus::Suppressed
                {
                    ending::end(tx, held, SubscriptionStatus::Unsubscribed).await?;
                }
                let detail = serde_json::json!({
                    "address": masked(key), "reason": before.note,
                    "suppression": audit::change(before.reason, None::<SuppressionReason>),
                });
                audit::record(tx, now, Some(actor_id), "liftSuppression", None, Some(detail)).await?;
                Ok(true)
            })
        })
        .await
}
