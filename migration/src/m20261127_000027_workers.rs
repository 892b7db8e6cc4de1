//! Workers that run: each says so once a minute, so that a service without one can be told from one that has
//! nothing to do.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::table::drop_all;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let worker = Table::create()
            .table("worker_heartbeat")
            .col(text("name").primary_key())
            .col(timestamp_with_time_zone("started_at"))
            .col(timestamp_with_time_zone("seen_at"))
            .to_owned();
        manager.create_table(worker).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["worker_heartbeat"]).await
    }
}
