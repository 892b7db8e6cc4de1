//! The release of the tz database by which digests are due, one row: a build that brings a later one computes
//! anew when they are.

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
        let zone_data = Table::create()
            .table("zone_data")
            .col(big_integer("id").primary_key())
            .col(text("release"))
            .to_owned();
        manager.create_table(zone_data).await?;
        // Earlier than any.
        run(manager, &["INSERT INTO zone_data (id, release) VALUES (1, '')"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["zone_data"]).await
    }
}
