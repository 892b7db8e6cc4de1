//! The workers that run, and the release of the tz database by which digests are due.
//!
//! Each worker writes its heartbeat once a minute, so that a service without one can be told from one that has nothing to
//! do. `tzdb_release` is one row: a build that brings a later release computes anew when digests are due.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::table::{drop_all, run};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let worker_heartbeat = Table::create()
            .table("worker_heartbeat")
            .col(text("name").primary_key())
            .col(timestamp_with_time_zone("started_at"))
            .col(timestamp_with_time_zone("seen_at"))
            .to_owned();
        let tzdb_release = Table::create()
            .table("tzdb_release")
            .col(big_integer("id").primary_key())
            .col(text("release"))
            .to_owned();
        for table in [worker_heartbeat, tzdb_release] {
            manager.create_table(table).await?;
        }
        // Earlier than any release.
        run(manager, &["INSERT INTO tzdb_release (id, release) VALUES (1, '')"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["tzdb_release", "worker_heartbeat"]).await
    }
}
