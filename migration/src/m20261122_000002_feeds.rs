//! The day whose feed shows a paper.
//!
//! `feed_clock` is one row: the monotone instant that `featured_paper.recorded_at` and
//! `delivery.chosen_at` are drawn from, so that a digest and a late feature are always in order.

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
        let feed_clock = Table::create()
            .table("feed_clock")
            .col(big_integer("id").primary_key())
            .col(timestamp_with_time_zone("at"))
            .to_owned();
        for table in [featured_paper, feed_clock] {
            manager.create_table(table).await?;
        }
        run(
            manager,
            &[
                "CREATE INDEX featured_paper_day ON featured_paper (day, position)",
                "INSERT INTO feed_clock (id, at) VALUES (1, '2000-01-01T00:00:00+00:00')",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["feed_clock", "featured_paper"]).await
    }
}
