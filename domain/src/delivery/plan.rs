//! The planner: a delivery for every subscription that is due, and when it is due next.
//!
//! It reads due subscriptions a thousand at a time, computes zones here, moves `next_due_at` in one
//! statement that is guarded by its old value, and writes the deliveries of those that it moved. Two
//! planners, a second tick or a repeated batch find nothing to move. The unique keys of a delivery
//! (subscription with edition, with local date, and one open digest) are the last word.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::SubscriptionStatus;
use entity::subscription;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::db::update_from_values;
use crate::{Result, Services, editions, subscriptions};

use super::decide::{Decision, Facts};
use super::planned::{digest, skipped};
use super::schedule::Occurrence;
use super::supersede::OpenDigests;

/// Subscriptions in one transaction.
const BATCH: u64 = 1_000;

/// When a subscription is looked at again whose zone or time this build cannot read.
const UNREADABLE: TimeDelta = TimeDelta::hours(1);

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
        let schedule = match subscriptions::schedule(&services.settings.keys, row) {
            Ok(schedule) => schedule,
            Err(error) => {
                // Nobody else waits for a row that this build cannot read.
                tracing::error!(subscription.id = row.id, %error, "a digest cannot be planned");
                let later = Some(now + UNREADABLE);
                moves.push(vec![
                    row.id.into(),
                    row.next_due_at.into(),
                    later.into(),
                    row.next_local_date.into(),
                ]);
                continue;
            }
        };
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
    for result in &planned_rows {
        let Some((row, occurrence, decision)) = planned.remove(&result.try_get_by_index(0)?) else {
            continue;
        };
        match decision {
            Decision::Wait(_) => {}
            Decision::Skip(reason) => rows.extend(skipped(services, row, occurrence, now, reason)),
            Decision::Digest => {
                let Some(edition) = facts.latest.get(&row.cadence) else { continue };
                rows.extend(digest(services, row, edition, occurrence.local_date, now, occurrence.due_at));
            }
        }
    }
    open.place(tx, rows).await?;
    Ok((due.len() as u64, planned_rows.len() as u64))
}
