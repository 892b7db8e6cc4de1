//! The planner: creates a delivery for every due subscription and computes when it is due next.
//!
//! It reads due subscriptions a thousand at a time, computes zones here, moves `next_due_at` in one
//! statement that is guarded by its old value, and writes the deliveries of those that it moved. Two
//! planners, a second tick or a repeated batch find nothing to move. The unique keys of a delivery
//! (subscription with edition, with local date, and one open digest) are the last word.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use db::{PositionalRow as _, planner, update_from_values};
use entity::enums::SubscriptionStatus;
use entity::subscription;
use futures::future::join_all;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _,
    IdenStatic as _, Order, QueryFilter as _,
};

use crate::digests::decide::{Decision, PlanningData};
use crate::digests::send_edition;
use crate::outbox::digest_rows::{build_digest, build_skip};
use crate::outbox::supersede::OpenDigests;
use crate::schedule::Occurrence;
use crate::{Result, Services, subscriptions};

/// The number of subscriptions in one transaction.
const BATCH_SIZE: u64 = 1_000;

/// The number of batches planned concurrently on Postgres: while the rows of one are written, those of another are
/// computed.
const PLANNER_COUNT: usize = 2;

/// The delay of a subscription whose zone or time this build cannot read.
const UNREADABLE_DELAY: TimeDelta = TimeDelta::hours(1);

/// Plans until nothing is due that was at `now`. Returns how many subscriptions it moved.
pub async fn plan_due(services: &Services, now: DateTime<Utc>) -> Result<u64> {
    let planners = match services.db.backend() {
        DbBackend::Postgres => PLANNER_COUNT,
        _ => 1,
    };
    let mut moved = 0;
    loop {
        // Both to their end, even if one of them fails: what it has committed is planned.
        for planned in join_all((0..planners).map(|_| plan_free(services, now))).await {
            moved += planned?;
        }
        let (read, planned) = plan(services, now, LockMode::Wait).await?;
        moved += planned;
        if read == 0 {
            break;
        }
    }
    loop {
        let opened = services
            .db
            .write(|tx| Box::pin(async move { send_edition::plan_batch(tx, services, now).await }))
            .await?;
        if !opened {
            return Ok(moved);
        }
    }
}

/// Plans batch after batch, until nothing is left that nobody else has locked.
async fn plan_free(services: &Services, now: DateTime<Utc>) -> Result<u64> {
    let mut moved = 0;
    loop {
        let (read, planned) = plan(services, now, LockMode::SkipLocked).await?;
        moved += planned;
        if read == 0 {
            return Ok(moved);
        }
    }
}

/// Plans one batch. Returns how many subscriptions were due, and how many it moved.
async fn plan(services: &Services, now: DateTime<Utc>, share: LockMode) -> Result<(u64, u64)> {
    services.db.write(|tx| Box::pin(async move { plan_batch(tx, services, now, share).await })).await
}

/// How a transaction locks due subscriptions.
#[derive(Clone, Copy)]
enum LockMode {
    /// A batch of those that nobody else has locked: planners do not wait for one another.
    SkipLocked,
    /// One, after anyone who has it locked: a subscription that is being changed is not left for the next
    /// minute. No more than one, so that waiting cannot become a deadlock.
    Wait,
}

async fn plan_batch(
    tx: &DatabaseTransaction,
    services: &Services,
    now: DateTime<Utc>,
    share: LockMode,
) -> Result<(u64, u64)> {
    planner::force_index_scans(tx).await?;
    let mut query = Query::select();
    subscription::Entity::select_whole(&mut query);
    query
        .from(subscription::Entity)
        .and_where(subscription::Column::NextDueAt.into_expr().lte(now))
        .and_where(subscription::Column::Status.into_expr().eq(SubscriptionStatus::Active))
        .order_by(subscription::Column::NextDueAt, Order::Asc)
        .order_by(subscription::Column::Id, Order::Asc);
    // The weaker lock: mails that are queued for a subscription refer to it, and do not stand against this.
    match share {
        LockMode::SkipLocked => {
            query.limit(BATCH_SIZE).lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
        }
        LockMode::Wait => query.limit(1).lock(LockType::NoKeyUpdate),
    };
    let rows = tx.query_all(&query).await?;
    if rows.is_empty() {
        return Ok((0, 0));
    }
    let (mut due, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        match subscription::Entity::whole(row) {
            Ok(row) => due.push(row),
            Err(error) => {
                let id: i64 = row.try_get("", subscription::Column::Id.as_str())?;
                tracing::error!(subscription.id = id, %error, "a digest cannot be planned");
                unreadable.push(id);
            }
        }
    }
    put_off(tx, &unreadable, now + UNREADABLE_DELAY).await?;
    if due.is_empty() {
        return Ok((rows.len() as u64, 0));
    }
    let ids: Vec<i64> = due.iter().map(|row| row.id).collect();
    let open = OpenDigests::lock(tx, &ids).await?;
    let facts = PlanningData::load(tx, services, now, &due).await?;
    let mut moves = Vec::with_capacity(due.len());
    let mut planned = HashMap::with_capacity(due.len());
    for row in &due {
        let schedule = match subscriptions::schedule(&services.settings.keys, row) {
            Ok(schedule) => schedule,
            Err(error) => {
                // Nobody else waits for a row that this build cannot read.
                tracing::error!(subscription.id = row.id, %error, "a digest cannot be planned");
                let later = Some(now + UNREADABLE_DELAY);
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
            Decision::Skip(reason) => rows.extend(build_skip(services, row, occurrence, now, reason)),
            Decision::Digest => {
                let Some(edition) = facts.latest.get(&row.cadence) else { continue };
                rows.extend(build_digest(
                    services,
                    row,
                    edition,
                    occurrence.local_date,
                    now,
                    occurrence.due_at,
                ));
            }
        }
    }
    open.place(tx, rows).await?;
    Ok(((due.len() + unreadable.len()) as u64, planned_rows.len() as u64))
}

/// Has locked subscriptions wait that this build cannot read: nobody else waits for them.
async fn put_off(tx: &DatabaseTransaction, ids: &[i64], until: DateTime<Utc>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    subscription::Entity::update_many()
        .col_expr(subscription::Column::NextDueAt, Expr::value(until))
        .filter(subscription::Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}
