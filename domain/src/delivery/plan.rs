//! The planner: a delivery for every subscription that is due, and when it is due next.
//!
//! It reads due subscriptions a thousand at a time, computes zones here, moves `next_due_at` in one
//! statement that is guarded by its old value, and writes the deliveries of those that it moved. Two
//! planners, a second tick or a repeated batch find nothing to move. The unique keys of a delivery
//! (subscription with edition, with local date, and one open digest) are the last word.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::enums::{Cadence, DeliveryKind, DeliveryReason, DeliveryStatus, SubscriptionStatus};
use entity::{delivery, edition, featured_paper, subscription};
use sea_orm::sea_query::{ExprTrait as _, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use crate::db::update_from_values;
use crate::feeds::{Calendar, Period};
use crate::mail::address::Address;
use crate::{Error, Result, Services, editions, subscriptions};

use super::backoff;
use super::schedule::Occurrence;
use super::supersede::OpenDigests;

/// Subscriptions in one transaction.
const BATCH: u64 = 1_000;

/// A digest goes out at most so late; what would be later is skipped.
const CATCH_UP: TimeDelta = TimeDelta::hours(6);

/// A weekly or monthly digest waits for a period that ends within this time.
const LOOK_AHEAD: TimeDelta = TimeDelta::hours(24);

/// How long a digest waits for one that is being sent right now.
const BUSY: TimeDelta = TimeDelta::minutes(1);

/// Plans until nothing is due. Answers how many subscriptions it moved.
///
/// # Errors
/// Where the database fails.
pub async fn plan_due(services: &Services) -> Result<u64> {
    let mut moved = 0;
    loop {
        let now = services.now();
        let (read, planned) =
            services.db.write(|tx| Box::pin(async move { plan_batch(tx, services, now).await })).await?;
        moved += planned;
        if read < BATCH {
            break;
        }
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

/// What becomes of a subscription that is due.
enum Decision {
    /// Looked at again then; the digest stays for the same local date.
    Wait(DateTime<Utc>),
    /// A digest of the latest edition of the cadence.
    Digest,
    /// Nothing goes out on this date.
    Skip(DeliveryReason),
}

/// What the decisions of one batch rest on.
struct Facts {
    now: DateTime<Utc>,
    calendar: Calendar,
    latest: HashMap<Cadence, edition::Model>,
    /// For each feed day: when its last paper was recorded.
    recorded: HashMap<NaiveDate, DateTime<Utc>>,
}

async fn plan_batch(tx: &DatabaseTransaction, services: &Services, now: DateTime<Utc>) -> Result<(u64, u64)> {
    let due = subscription::Entity::find()
        .filter(subscription::Column::NextDueAt.lte(now))
        .filter(subscription::Column::Status.eq(SubscriptionStatus::Active))
        .order_by_asc(subscription::Column::NextDueAt)
        .order_by_asc(subscription::Column::Id)
        .limit(BATCH)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx)
        .await?;
    if due.is_empty() {
        return Ok((0, 0));
    }
    let ids: Vec<i64> = due.iter().map(|row| row.id).collect();
    let open = OpenDigests::lock(tx, &ids).await?;
    let facts = facts(tx, services, now, &due).await?;
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

async fn facts(
    tx: &DatabaseTransaction,
    services: &Services,
    now: DateTime<Utc>,
    due: &[subscription::Model],
) -> Result<Facts> {
    let cadences: HashSet<Cadence> = due.iter().map(|row| row.cadence).collect();
    let mut latest = HashMap::new();
    for cadence in cadences {
        if let Some(edition) = editions::publish::latest(tx, services, now, cadence).await? {
            latest.insert(cadence, edition);
        }
    }
    let mut recorded = HashMap::new();
    for edition in latest.values() {
        let days = featured_paper::Entity::find()
            .select_only()
            .column(featured_paper::Column::Day)
            .column_as(featured_paper::Column::RecordedAt.max(), "recorded_at")
            .filter(featured_paper::Column::RemovedAt.is_null())
            .filter(featured_paper::Column::Day.between(edition.starts_on, edition.ends_on))
            .group_by(featured_paper::Column::Day)
            .into_tuple::<(NaiveDate, DateTime<Utc>)>()
            .all(tx)
            .await?;
        recorded.extend(days);
    }
    Ok(Facts { now, calendar: services.settings.calendar.clone(), latest, recorded })
}

impl Facts {
    fn decide(&self, row: &subscription::Model, occurrence: Occurrence, is_busy: bool) -> Decision {
        if let Some(until) = self.awaited(row) {
            return Decision::Wait(until);
        }
        // A digest that waited for its period counts as due when the waiting ended.
        let due_at = std::cmp::max(row.next_due_at, Some(occurrence.due_at)).unwrap_or(occurrence.due_at);
        if self.now - due_at > CATCH_UP {
            return Decision::Skip(DeliveryReason::TooLate);
        }
        if is_busy {
            return Decision::Wait(self.now + BUSY);
        }
        match self.latest.get(&row.cadence) {
            Some(edition) if self.is_uncovered(row, edition) => Decision::Digest,
            _ => Decision::Skip(DeliveryReason::Empty),
        }
    }

    /// When the period that this digest should be of will be complete, where it is not yet.
    fn awaited(&self, row: &subscription::Model) -> Option<DateTime<Utc>> {
        let current = Period::containing(row.cadence, self.calendar.today(self.now));
        let ends_soon =
            row.cadence != Cadence::Daily && self.calendar.period_ends_at(current) <= self.now + LOOK_AHEAD;
        let period = if ends_soon { current } else { current.previous() };
        let complete_at = self.calendar.complete_at(period);
        let is_covered = row.covered_day.is_some_and(|day| day >= period.ends_on());
        (complete_at > self.now && !is_covered).then_some(complete_at)
    }

    /// Whether an edition has a paper that this subscription's reading has not covered, and was not
    /// covered itself.
    fn is_uncovered(&self, row: &subscription::Model, edition: &edition::Model) -> bool {
        let (Some(covered_day), Some(covered_at)) = (row.covered_day, row.covered_at) else { return true };
        let is_new = |(&day, &recorded_at): (&NaiveDate, &DateTime<Utc>)| {
            (edition.starts_on..=edition.ends_on).contains(&day)
                && (day > covered_day || recorded_at > covered_at)
        };
        covered_day < edition.ends_on && self.recorded.iter().any(is_new)
    }
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
