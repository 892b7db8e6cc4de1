//! The rows of digests, to be sent or skipped, and their insertion.

use chrono::{DateTime, NaiveDate, Utc};
use db::insert_from_values;
use entity::enums::{DeliveryKind, DeliveryReason, DeliveryStatus};
use entity::{delivery, edition, subscription};
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    IdenStatic, Iterable as _, QueryFilter as _, QuerySelect as _, Value,
};
use smtp::Address;

use crate::outbox;
use crate::outbox::retry;
use crate::schedule::Occurrence;
use crate::{Error, Result, Services};

/// The digest of an edition for a subscription's local date. `None` if the address is no longer valid.
pub(crate) fn build_digest(
    services: &Services,
    row: &subscription::Model,
    edition: &edition::Model,
    local_date: NaiveDate,
    now: DateTime<Utc>,
    due_at: DateTime<Utc>,
) -> Option<delivery::ActiveModel> {
    let expires_at = std::cmp::max(now, due_at) + retry::digest_lifetime(row.cadence);
    let mut delivery = build_row(services, row, local_date, now, due_at, expires_at)?;
    delivery.edition_id = Set(Some(edition.id));
    delivery.cutoff_day = Set(Some(edition.ends_on));
    Some(delivery)
}

/// A digest that does not go out, and why. `None` if the address is no longer valid.
pub(crate) fn build_skip(
    services: &Services,
    row: &subscription::Model,
    occurrence: Occurrence,
    now: DateTime<Utc>,
    reason: DeliveryReason,
) -> Option<delivery::ActiveModel> {
    let mut delivery = build_row(services, row, occurrence.local_date, now, occurrence.due_at, now)?;
    delivery.status = Set(DeliveryStatus::Skipped);
    delivery.reason = Set(Some(reason));
    delivery.next_attempt_at = Set(None);
    Some(delivery)
}

fn build_row(
    services: &Services,
    row: &subscription::Model,
    local_date: NaiveDate,
    now: DateTime<Utc>,
    due_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Option<delivery::ActiveModel> {
    let Some(recipient) = Address::parse(&row.email) else {
        // It was parsed when it was stored; nobody else should wait because this build reads it otherwise.
        tracing::error!(subscription.id = row.id, "the address of a subscription cannot be read");
        return None;
    };
    let kind = DeliveryKind::Digest;
    let mut delivery = outbox::build_delivery(&services.settings, kind, &recipient, now, due_at, expires_at);
    delivery.subscription_id = Set(Some(row.id));
    delivery.local_date = Set(Some(local_date));
    Some(delivery)
}

/// Writes planned deliveries; those that a unique key stands against are there already.
pub(crate) async fn insert(tx: &DatabaseTransaction, rows: Vec<delivery::ActiveModel>) -> Result<()> {
    // Rows of one INSERT have the same columns set: sent and skipped ones go apart.
    let (queued, skipped): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.reason.is_not_set());
    for rows in [queued, skipped] {
        let Some(first) = rows.first() else { continue };
        let is_set = |column: &delivery::Column| !first.get(*column).is_not_set();
        let columns: Vec<delivery::Column> = delivery::Column::iter().filter(is_set).collect();
        let names: Vec<&str> = columns.iter().map(IdenStatic::as_str).collect();
        let values = |row: &delivery::ActiveModel| -> Vec<Value> {
            columns.iter().filter_map(|column| row.get(*column).into_value()).collect()
        };
        insert_from_values(tx, "delivery", &names, rows.iter().map(values).collect()).await?;
    }
    Ok(())
}

/// The local date of a subscription's latest digest.
pub(crate) async fn find_last_local_date(
    tx: &DatabaseTransaction,
    subscription_id: i64,
) -> Result<Option<NaiveDate>> {
    delivery::Entity::find()
        .select_only()
        .column_as(delivery::Column::LocalDate.into_expr().max(), "local_date")
        .filter(delivery::Column::SubscriptionId.eq(subscription_id))
        .into_tuple::<Option<NaiveDate>>()
        .one(tx)
        .await
        .map(Option::flatten)
        .map_err(Error::from)
}
