//! Heartbeats of workers.
//!
//! Nothing is planned or sent without a worker, and nothing fails either; so each says once a minute that it is there.
//! Always: a heartbeat decides nothing. What a worker has claimed goes by leases.

use chrono::{DateTime, TimeDelta, Utc};
use entity::worker_heartbeat::{ActiveModel, Column, Entity, Model};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::Db;
use crate::{Result, Services, random};

/// The silence after which a worker counts as gone: two missing heartbeats and a margin.
pub const HEARTBEAT_TIMEOUT: TimeDelta = TimeDelta::minutes(3);

/// The time for which a silent worker is remembered.
const HEARTBEAT_RETENTION: TimeDelta = TimeDelta::days(1);

/// A worker of this process.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    name: String,
    started_at: DateTime<Utc>,
}

impl Heartbeat {
    /// A worker that begins.
    #[must_use]
    pub fn new(services: &Services) -> Self {
        Self { name: random::name(), started_at: services.now() }
    }

    /// Says that the worker runs.
    pub async fn beat(&self, services: &Services) -> Result<()> {
        let now = services.now();
        let write = services.db.write(|tx| {
            Box::pin(async move {
                let row = ActiveModel {
                    name: ActiveValue::Set(self.name.clone()),
                    started_at: ActiveValue::Set(self.started_at),
                    seen_at: ActiveValue::Set(now),
                };
                let known = OnConflict::column(Column::Name).update_column(Column::SeenAt).to_owned();
                Entity::insert(row).on_conflict(known).exec_without_returning(tx).await?;
                Entity::delete_many().filter(Column::SeenAt.lt(now - HEARTBEAT_RETENTION)).exec(tx).await?;
                Ok(())
            })
        });
        write.await
    }

    /// Says that the worker has ended.
    pub async fn end(&self, services: &Services) -> Result<()> {
        let write = services.db.write(|tx| {
            Box::pin(async move {
                Entity::delete_by_id(self.name.clone()).exec(tx).await?;
                Ok(())
            })
        });
        write.await
    }
}

/// The workers that were heard of since `now` less [`HEARTBEAT_TIMEOUT`].
pub async fn running(db: &Db, now: DateTime<Utc>) -> Result<Vec<Model>> {
    let recent = Entity::find().filter(Column::SeenAt.gte(now - HEARTBEAT_TIMEOUT));
    Ok(recent.all(db.read()).await?)
}
