//! Sending an edition manually: planned, due now, for every active subscription of its cadence that has had neither it
//! nor a digest today.
//!
//! The mutation only marks the edition; the planner works through the subscriptions in batches and keeps
//! on the edition how far it got, so that nothing is lost when it is killed in the middle.

use chrono::{DateTime, Utc};
use entity::enums::{Cadence, SubscriptionStatus};
use entity::{edition, subscription};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, DatabaseTransaction,
    EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::calendar::Period;
use crate::editions::publish;
use crate::error::{Error, UserErrorCode};
use crate::feeds::completeness::Completeness;
use crate::outbox::digest_rows;
use crate::outbox::supersede::OpenDigests;
use crate::queue::Job;
use crate::{Result, Services, audit, feeds, subscriptions, zones};

/// The number of subscriptions in one transaction.
const BATCH_SIZE: u64 = 1_000;

/// Marks the edition of a complete period as opening, making it if it is not there yet.
///
/// # Errors
/// `INVALID` if the period is of another cadence or not complete, `NOT_FOUND` if it has no papers.
pub async fn open(
    services: &Services,
    actor_id: i64,
    cadence: Cadence,
    period: Period,
) -> Result<edition::Model> {
    if period.cadence() != cadence {
        let message = format!("{period} is not a {} period.", crate::editions::cadence_word(cadence));
        return Err(Error::user(UserErrorCode::Invalid, &["period"], message));
    }
    let now = services.now();
    let edition = services
        .db
        .write(|tx| {
            Box::pin(async move {
                let edition = publish_complete(tx, services, now, period).await?;
                let mut opening: edition::ActiveModel = edition.into();
                opening.opening_after = Set(Some(0));
                opening.cancelled_at = Set(None);
                let edition = opening.update(tx).await?;
                let target = Some(format!("Edition:{}", edition.id));
                audit::record(tx, now, Some(actor_id), "openEdition", target, None).await?;
                Ok(edition)
            })
        })
        .await?;
    services.wake(Job::PlanDigests);
    Ok(edition)
}

/// The edition of a period that is complete and has papers, made if it is not there yet.
///
/// # Errors
/// `INVALID` if the period is not complete, `NOT_FOUND` if it has no papers.
pub async fn publish_complete(
    tx: &DatabaseTransaction,
    services: &Services,
    now: DateTime<Utc>,
    period: Period,
) -> Result<edition::Model> {
    let completeness = Completeness::load(tx, &services.settings.calendar, now).await?;
    if !completeness.is_complete(period, now) {
        let deadline = completeness.deadline(period).to_rfc3339();
        let message = format!("{period} will be complete at {deadline} at the latest.");
        return Err(Error::user(UserErrorCode::Invalid, &["period"], message));
    }
    if feeds::read::latest_ended(tx, period.cadence(), period.ends_on()).await? != Some(period) {
        let message = format!("{period} has no papers.");
        return Err(Error::user(UserErrorCode::NotFound, &["period"], message));
    }
    publish::publish(tx, now, period).await
}

/// Plans the next batch of an edition that is being opened; returns whether there may be more to do now.
pub(crate) async fn plan_batch(
    tx: &DatabaseTransaction,
    services: &Services,
    now: DateTime<Utc>,
) -> Result<bool> {
    let edition = edition::Entity::find()
        .filter(edition::Column::OpeningAfter.is_not_null())
        .order_by_asc(edition::Column::Id)
        .lock_exclusive()
        .one(tx)
        .await?;
    let Some(edition) = edition else { return Ok(false) };
    let uncovered = Condition::any()
        .add(subscription::Column::CoveredDay.is_null())
        .add(subscription::Column::CoveredDay.lt(edition.ends_on));
    let rows = subscription::Entity::find()
        .filter(subscription::Column::Id.gt(edition.opening_after.unwrap_or_default()))
        .filter(subscription::Column::Status.eq(SubscriptionStatus::Active))
        .filter(subscription::Column::Cadence.eq(edition.cadence))
        .filter(uncovered)
        .order_by_asc(subscription::Column::Id)
        .limit(BATCH_SIZE)
        .all(tx)
        .await?;
    let mut deliveries = Vec::new();
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let open = OpenDigests::lock(tx, &ids).await?;
    // One that is being sent is waited for, and so are those behind it.
    let ready = rows.iter().take_while(|row| !open.is_busy(row.id)).count();
    let is_held = ready < rows.len();
    for row in &rows[..ready] {
        let Ok(schedule) = subscriptions::schedule(&services.settings.keys, row) else { continue };
        let local_date = zones::local_date(&schedule.zone, now);
        if row.paused_until.is_none_or(|day| day <= local_date) {
            deliveries.extend(digest_rows::build_digest(services, row, &edition, local_date, now, now));
        }
    }
    open.place(tx, deliveries).await?;
    let is_done = !is_held && rows.len() < usize::try_from(BATCH_SIZE).unwrap_or(usize::MAX);
    let last = rows[..ready].last().map(|row| row.id).or(edition.opening_after);
    let mut opening: edition::ActiveModel = edition.into();
    opening.opening_after = Set(if is_done { None } else { last });
    opening.update(tx).await?;
    Ok(!is_held)
}
