//! The archive: one edition for each complete period that has papers, and the papers it froze.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::table::{drop_all, reference, run};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let edition = Table::create()
            .table("edition")
            .col(big_pk_auto("id"))
            .col(text("cadence"))
            .col(text("period"))
            .col(date("starts_on"))
            .col(date("ends_on"))
            .col(text("subject"))
            .col(timestamp_with_time_zone("published_at"))
            .col(timestamp_with_time_zone_null("cancelled_at"))
            .col(big_integer_null("opening_after"))
            .to_owned();
        let edition_paper = Table::create()
            .table("edition_paper")
            .col(big_integer("edition_id"))
            .col(big_integer("paper_id"))
            .col(integer("position"))
            .primary_key(Index::create().col("edition_id").col("paper_id"))
            .foreign_key(&mut reference("edition_paper", "edition_id", "edition", ForeignKeyAction::Cascade))
            .foreign_key(&mut reference("edition_paper", "paper_id", "paper", ForeignKeyAction::Cascade))
            .to_owned();
        for table in [edition, edition_paper] {
            manager.create_table(table).await?;
        }
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX edition_cadence_period ON edition (cadence, period)",
                "CREATE INDEX edition_ends_on ON edition (ends_on, id)",
                "CREATE INDEX edition_days ON edition (cadence, starts_on, ends_on)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["edition_paper", "edition"]).await
    }
}
