//! Papers whose feed day has not come: planned when a source names a day ahead of the open one, put on their feed when it
//! opens.
//!
//! Rows of `planned_feature` ([`planned`]) are the queue: a worker looks each minute for those whose day has opened.
//!
//! Always: a paper gets its place by [`feature::record`], stamped by the feed clock when the day opens and not when the
//! source was read, so that a digest that was chosen in between misses nothing. Who watches hears of it once: the row goes in
//! the same transaction.

use chrono::{DateTime, Utc};
use entity::planned_feature;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::calendar::Calendar;
use crate::events::Event;
use crate::papers::{NewFeature, feature, lock, planned};
use crate::queue::Job;
use crate::{Result, Services};

/// The number of papers in one transaction.
const BATCH_SIZE: u64 = 200;

/// Puts papers on the feeds that have opened at `now`. Returns how many.
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
        tracing::info!(papers = opened, "planned papers were featured");
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
        .limit(BATCH_SIZE)
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
        let feature = planned::place(calendar, planned);
        feature::set_trending(tx, paper, Some(feature.featured_at)).await?;
        opened.push((planned.paper_id, feature));
    }
    feature::record(tx, now, opened.clone()).await?;
    Ok(opened)
}
