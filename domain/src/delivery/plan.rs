//! The planner: a delivery for every subscription that is due, and when it is due next.
//!
//! It reads due subscriptions a thousand at a time, computes zones here, moves `next_due_at` in one
//! statement that is guarded by its old value, and writes the deliveries of those that it moved. Two
//! planners, a second tick or a repeated batch find nothing to move. The unique keys of a delivery
//! (subscription with edition, with local date, and one open digest) are the last word.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::enums::{DeliveryKind, DeliveryReason, DeliveryStatus, SubscriptionStatus};
use entity::{delivery, edition, subscription};
use sea_orm::sea_query::{ExprTrait as _, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use crate::db::update_from_values;
use crate::mail::address::Address;
use crate::{Error, Result, Services, editions, subscriptions};

use super::backoff;
use super::decide::{Decision, Facts};
use super::schedule::Occurrence;
use super::supersede::OpenDigests;

/// Subscriptions in one transaction.
const BATCH: u64 = 1_000;

/// Plans until nothing is due. Answers how many subscriptions it moved.
///
/// # Errors
/// Where the database fails.
pub async fn plan_due(services: &Services) -> Result<u64> {
    let mut moved = 0;
    let mut share = Share::Free;
    loop {
        let now = services.now();
        let (read, planned) = services
            .db
            .write(|tx| Box::pin(async move { plan_batch(tx, services, now, share).await }))
            .await?;
        moved += planned;
        share = match (share, read) {
            (Share::Locked, 0) => break,
            (_, 0) => Share::Locked,
            _ => Share::Free,
        };
    }
    loop {
        let now = services.now();
        let opened = services
            .db
            .write(|tx| Box::pin(async move { editions::open::plan_batch(tx, services, now).await }))
            .await?;
        if !opened {
            return Ok(moved);
        }
    }
}

/// Which of the subscriptions that are due a transaction takes.
#[derive(Clone, Copy)]
enum Share {
    /// A batch of those that nobody else has locked: planners do not wait for one another.
    Free,
    /// One, after whoever has it locked: a subscription that is being changed is not left for the next
    /// minute. No more than one, so that waiting cannot become a deadlock.
    Locked,
}

async fn plan_batch(
    tx: &DatabaseTransaction,
    services: &Services,
    now: DateTime<Utc>,
    share: Share,
) -> Result<(u64, u64)> {
    let due = subscription::Entity::find()
        .filter(subscription::Column::NextDueAt.lte(now))
        .filter(subscription::Column::Status.eq(SubscriptionStatus::Active))
        .order_by_asc(subscription::Column::NextDueAt)
        .order_by_asc(subscription::Column::Id)
        .limit(BATCH);
    // The weaker lock: mails that are queued for a subscription refer to it, and do not stand against this.
    let due = match share {
        Share::Free => due.lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked),
        Share::Locked => due.limit(1).lock(LockType::NoKeyUpdate),
    };
    let due = due.all(tx).await?;
    if due.is_empty() {
        return Ok((0, 0));
    }
    let ids: Vec<i64> = due.iter().map(|row| row.id).collect();
    let open = OpenDigests::lock(tx, &ids).await?;
    let facts = Facts::read(tx, services, now, &due).await?;
    let mut moves = Vec::with_capacity(due.len());
    let mut planned = HashMap::with_capacity(due.len());
    for row in &due {
        let schedule = subscriptions::schedule(&services.settings.keys, row)?;
        let first = row.next_local_date.unwrap_or_else(|| crate::zones::local_date(&schedule.zone, now));
        let occurrence = schedule.latest(first, now);
        let decision = facts.decide(row, occurrence, open.is_busy(row.id));
        let next = match decision {
            Decision::Wait(until) => Occurrence { due_at: until, ..occurrence },
            _ => schedule.next(now, Some(occurrence.local_date)),
        };
        moves.push(vec![row.id.into(), row.next_due_at.into(), next.due_at.into(), next.local_date.into()]);
        planned.insert(row.id, (row, occurrence, decision));
    }
    let planned_rows = update_from_values(
        tx,
        "subscription",
        "next_due_at = v.column3, next_local_date = v.column4",
        "subscription.id = v.column1 AND subscription.next_due_at = v.column2",
        "id",
        moves,
    )
    .await?;
    let mut rows = Vec::with_capacity(planned_rows.len());
    let mut next = Vec::new();
    for result in &planned_rows {
        let Some((row, occurrence, decision)) = planned.remove(&result.try_get_by_index(0)?) else {
            continue;
        };
        match decision {
            Decision::Wait(_) => {}
            Decision::Skip(reason) => rows.push(skipped(services, row, occurrence, now, reason)),
            Decision::Digest => {
                let Some(edition) = facts.latest.get(&row.cadence) else { continue };
                next.push((row.id, edition.id));
                rows.push(digest(services, row, edition, occurrence.local_date, now, occurrence.due_at));
            }
        }
    }
    open.expire(tx, &next).await?;
    insert(tx, rows).await?;
    Ok((due.len() as u64, planned_rows.len() as u64))
}

/// The digest of an edition for a subscription's local date.
#[must_use]
pub(crate) fn digest(
    services: &Services,
    row: &subscription::Model,
    edition: &edition::Model,
    local_date: NaiveDate,
    now: DateTime<Utc>,
    due_at: DateTime<Utc>,
) -> delivery::ActiveModel {
    let expires_at = std::cmp::max(now, due_at) + backoff::lifetime(row.cadence);
    let mut delivery = base(services, row, local_date, now, due_at, expires_at);
    delivery.edition_id = Set(Some(edition.id));
    delivery.cutoff_day = Set(Some(edition.ends_on));
    delivery
}

fn skipped(
    services: &Services,
    row: &subscription::Model,
    occurrence: Occurrence,
    now: DateTime<Utc>,
    reason: DeliveryReason,
) -> delivery::ActiveModel {
    let mut delivery = base(services, row, occurrence.local_date, now, occurrence.due_at, now);
    delivery.status = Set(DeliveryStatus::Skipped);
    delivery.reason = Set(Some(reason));
    delivery.next_attempt_at = Set(None);
    delivery
}

fn base(
    services: &Services,
    row: &subscription::Model,
    local_date: NaiveDate,
    now: DateTime<Utc>,
    due_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> delivery::ActiveModel {
    // What is stored was parsed when it was stored.
    let recipient = Address::parse(&row.email);
    let mut delivery = match &recipient {
        Some(recipient) => {
            super::queued(&services.settings, DeliveryKind::Digest, recipient, now, due_at, expires_at)
        }
        None => delivery::ActiveModel::default(),
    };
    delivery.subscription_id = Set(Some(row.id));
    delivery.local_date = Set(Some(local_date));
    delivery
}

/// Writes planned deliveries; those that a unique key stands against are there already.
pub(crate) async fn insert(tx: &DatabaseTransaction, rows: Vec<delivery::ActiveModel>) -> Result<()> {
    // Rows of one INSERT have the same columns set: sent and skipped ones go apart.
    let (queued, skipped): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.reason.is_not_set());
    for rows in [queued, skipped] {
        if !rows.is_empty() {
            let keep = OnConflict::new().do_nothing().to_owned();
            delivery::Entity::insert_many(rows).on_conflict(keep).exec_without_returning(tx).await?;
        }
    }
    Ok(())
}

/// Plans the first digest of a subscription that was just confirmed, due now.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn first(
    tx: &DatabaseTransaction,
    services: &Services,
    now: DateTime<Utc>,
    row: &subscription::Model,
    edition: &edition::Model,
    local_date: NaiveDate,
) -> Result<()> {
    insert(tx, vec![digest(services, row, edition, local_date, now, now)]).await
}

/// The local date of a subscription's latest digest.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn last_local_date(
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
