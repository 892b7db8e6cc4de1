//! Places on feeds whose day has not opened yet, apart from those that are shown.
//!
//! What stands on a feed ahead of its day moves there, hidden until then. A day that no calendar shows, which earlier
//! versions took from a source, is no place at all: such a paper stays, and is on no feed. Its score, which counted from
//! that day, starts from nothing and is computed anew with the next vote or import.

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
        let planned_feature = Table::create()
            .table("planned_feature")
            .col(big_integer("paper_id").primary_key())
            .col(date("day"))
            .col(timestamp_with_time_zone("featured_at"))
            .col(integer("position"))
            .col(boolean("is_new"))
            .foreign_key(&mut reference("planned_feature", "paper_id", "paper", ForeignKeyAction::Cascade))
            .to_owned();
        manager.create_table(planned_feature).await?;
        run(
            manager,
            &[
                "CREATE INDEX planned_feature_day ON planned_feature (day, position)",
                // A year of more than four digits, or before the first.
                "UPDATE paper SET trending = 0 WHERE id IN \
                 (SELECT paper_id FROM featured_paper WHERE LENGTH(CAST(day AS TEXT)) > 10)",
                "DELETE FROM featured_paper WHERE LENGTH(CAST(day AS TEXT)) > 10",
                "INSERT INTO planned_feature (paper_id, day, featured_at, position, is_new) \
                 SELECT paper_id, day, featured_at, position, TRUE FROM featured_paper \
                 WHERE removed_at IS NULL AND day > CURRENT_DATE",
                "DELETE FROM featured_paper WHERE removed_at IS NULL AND day > CURRENT_DATE",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["planned_feature"]).await
    }
}
