//! Papers whose feed day has not come: planned when a source names a day ahead of the open one, put on their feed when it
//! opens.
//!
//! Rows of `planned_feature` are the queue: a worker looks each minute for those whose day has opened. A paper that was
//! not known before is not shown, found or ranked until then; one that was stays as it is, and is only not on a feed.
//!
//! Always: a paper gets its place by [`feature::record`], stamped by the feed clock when the day opens and not when the
//! source was read, so that a digest that was chosen in between misses nothing. Who watches hears of it once: the row goes in
//! the same transaction.

use chrono::{DateTime, Utc};
use entity::{paper, planned_feature};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockType, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    ModelTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::events::Event;
use crate::papers::{NewFeature, lock};
use crate::queue::Job;
use crate::{Result, Services};

use super::{Calendar, feature};

/// Papers that get their place in one transaction.
const BATCH: u64 = 200;

/// A place that a source plans for a paper.
#[derive(Clone, Debug)]
pub struct PlannedPlace {
    /// The paper.
    pub paper_id: i64,
    /// Where it is to be.
    pub feature: NewFeature,
    /// Whether it was not known before.
    pub is_new: bool,
}

/// That a paper is shown as far as its day goes: it does not wait for one.
pub(crate) fn is_shown() -> Expr {
    let waiting = Query::select()
        .column(planned_feature::Column::PaperId)
        .from(planned_feature::Entity)
        .and_where(planned_feature::Column::IsNew.eq(true))
        .to_owned();
    paper::Column::Id.into_expr().not_in_subquery(waiting)
}

/// Whether a paper is kept back until its day opens.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn is_waiting(connection: &impl ConnectionTrait, paper_id: i64) -> Result<bool> {
    let planned = planned_feature::Entity::find_by_id(paper_id).one(connection).await?;
    Ok(planned.is_some_and(|planned| planned.is_new))
}

/// Plans places for papers, in place of those that they had.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn plan(tx: &DatabaseTransaction, places: Vec<PlannedPlace>) -> Result<()> {
    if places.is_empty() {
        return Ok(());
    }
    let rows = places.into_iter().map(|place| planned_feature::ActiveModel {
        paper_id: Set(place.paper_id),
        day: Set(place.feature.day),
        featured_at: Set(place.feature.featured_at),
        position: Set(place.feature.position),
        is_new: Set(place.is_new),
    });
    let place = [
        planned_feature::Column::Day,
        planned_feature::Column::FeaturedAt,
        planned_feature::Column::Position,
    ];
    let replace = OnConflict::column(planned_feature::Column::PaperId).update_columns(place).to_owned();
    planned_feature::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}

/// Forgets the plans for papers that a source turns out to have read on a day that is open.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn forget(tx: &DatabaseTransaction, paper_ids: Vec<i64>) -> Result<()> {
    if !paper_ids.is_empty() {
        let of_these = planned_feature::Column::PaperId.is_in(paper_ids);
        planned_feature::Entity::delete_many().filter(of_these).exec(tx).await?;
    }
    Ok(())
}

/// Takes the plan for a paper away, because a curator decides; answers what it was.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn cancel(
    tx: &DatabaseTransaction,
    calendar: &Calendar,
    paper_id: i64,
) -> Result<Option<NewFeature>> {
    let Some(planned) = planned_feature::Entity::find_by_id(paper_id).one(tx).await? else { return Ok(None) };
    let feature = place(calendar, &planned);
    planned.delete(tx).await?;
    Ok(Some(feature))
}

/// Puts papers on the feeds that have opened at `now`. Answers how many.
///
/// # Errors
/// Where the database fails.
pub async fn open_due(services: &Services, now: DateTime<Utc>) -> Result<usize> {
    let mut opened = 0;
    loop {
        let calendar = &services.settings.calendar;
        let work = services.db.write(|tx| Box::pin(async move { open(tx, now, calendar).await }));
        let papers = work.await?;
        if papers.is_empty() {
            break;
        }
        opened += papers.len();
        // Of a day that is past nobody expects news: a worker was away for long.
        let today = calendar.today(now);
        for (paper_id, feature) in papers {
            let event = Event::PaperFeatured { paper_id };
            services.publish(if feature.day == today { event } else { Event::PaperChanged { paper_id } });
        }
    }
    if opened > 0 {
        tracing::info!(papers = opened, "papers put on the feed of their day");
        services.wake(Job::PublishEditions);
    }
    Ok(opened)
}

async fn open(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    calendar: &Calendar,
) -> Result<Vec<(i64, NewFeature)>> {
    let due = planned_feature::Entity::find()
        .filter(planned_feature::Column::Day.lte(calendar.today(now)))
        .order_by_asc(planned_feature::Column::Day)
        .order_by_asc(planned_feature::Column::Position)
        .limit(BATCH)
        .lock(LockType::Update)
        .all(tx)
        .await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = due.iter().map(|planned| planned.paper_id).collect();
    planned_feature::Entity::delete_many()
        .filter(planned_feature::Column::PaperId.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    let mut opened = Vec::with_capacity(due.len());
    for planned in &due {
        // What a curator hid meanwhile stays away.
        let Some(paper) = lock::find(tx, planned.paper_id).await?.filter(|paper| paper.hidden_at.is_none())
        else {
            continue;
        };
        let feature = place(calendar, planned);
        feature::set_trending(tx, paper, Some(feature.featured_at)).await?;
        opened.push((planned.paper_id, feature));
    }
    feature::record(tx, now, opened.clone()).await?;
    Ok(opened)
}

fn place(calendar: &Calendar, planned: &planned_feature::Model) -> NewFeature {
    NewFeature {
        day: planned.day,
        opens_at: calendar.opens_at(planned.day),
        featured_at: planned.featured_at,
        position: planned.position,
        featured_by: None,
    }
}
