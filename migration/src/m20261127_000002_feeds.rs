//! The day whose feed shows a paper, and the places on feeds whose day has not opened yet.
//!
//! `feed_clock` is one row: the monotone instant that `featured_paper.recorded_at` and `delivery.chosen_at` are drawn
//! from, so that a digest and a late feature are always in order. It says whether the last instant was given out to choose
//! papers: digests chosen one after the other share it then.

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
        let featured_paper = Table::create()
            .table("featured_paper")
            .col(big_pk_auto("id"))
            .col(big_integer("paper_id").unique_key())
            .col(date("day"))
            .col(timestamp_with_time_zone("featured_at"))
            .col(timestamp_with_time_zone("recorded_at"))
            .col(big_integer_null("featured_by"))
            .col(integer("position"))
            .col(timestamp_with_time_zone_null("removed_at"))
            .foreign_key(&mut reference("featured_paper", "paper_id", "paper", ForeignKeyAction::Cascade))
            .to_owned();
        let planned_feature = Table::create()
            .table("planned_feature")
            .col(big_integer("paper_id").primary_key())
            .col(date("day"))
            .col(timestamp_with_time_zone("featured_at"))
            .col(integer("position"))
            .col(boolean("is_new"))
            .foreign_key(&mut reference("planned_feature", "paper_id", "paper", ForeignKeyAction::Cascade))
            .to_owned();
        let feed_clock = Table::create()
            .table("feed_clock")
            .col(big_integer("id").primary_key())
            .col(timestamp_with_time_zone("at"))
            .col(boolean("is_choice").default(false))
            .to_owned();
        for table in [featured_paper, planned_feature, feed_clock] {
            manager.create_table(table).await?;
        }
        run(
            manager,
            &[
                "CREATE INDEX featured_paper_day ON featured_paper (day, position)",
                "CREATE INDEX planned_feature_day ON planned_feature (day, position)",
                "INSERT INTO feed_clock (id, at) VALUES (1, '2000-01-01T00:00:00+00:00')",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["feed_clock", "planned_feature", "featured_paper"]).await
    }
}
