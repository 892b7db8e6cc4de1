//! What is known about sources that are read over the network: which are scheduled, what of them was read and when it is
//! read again, whose turn it is to ask a site, and which hosts are left alone for a while.
//!
//! `source_reading` has a row for each list that is read by schedule: Hugging Face's papers of a day, a category's
//! announcement of a day. `harvest` has one for each set of arXiv's OAI-PMH, with the place that was reached in its
//! list. `feed_completion` has the feed days that all scheduled sources have settled. `paper_history` has what Hugging
//! Face counted on a day.

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
        let tables = [
            Table::create()
                .table("source")
                .col(text("name").primary_key())
                .col(boolean("is_scheduled"))
                .to_owned(),
            reading(),
            harvest(),
            Table::create()
                .table("source_turn")
                .col(text("site").primary_key())
                .col(text_null("owner"))
                .col(timestamp_with_time_zone_null("lease_until"))
                .col(timestamp_with_time_zone("next_request_at"))
                .to_owned(),
            Table::create()
                .table("source_circuit")
                .col(text("host").primary_key())
                .col(integer("failures"))
                .col(timestamp_with_time_zone_null("open_until"))
                .col(text_null("reason"))
                .to_owned(),
            Table::create()
                .table("arxiv_lookup")
                .col(big_pk_auto("id"))
                .col(text("arxiv_id"))
                .col(timestamp_with_time_zone("looked_up_at"))
                .col(boolean("is_found"))
                .to_owned(),
            Table::create()
                .table("paper_history")
                .col(big_integer("paper_id"))
                .col(date("day"))
                .col(integer("upvotes"))
                .col(integer("comments"))
                .primary_key(Index::create().col("paper_id").col("day"))
                .foreign_key(&mut reference("paper_history", "paper_id", "paper", ForeignKeyAction::Cascade))
                .to_owned(),
            Table::create()
                .table("feed_completion")
                .col(date("day").primary_key())
                .col(timestamp_with_time_zone("completed_at"))
                .to_owned(),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX source_reading_list ON source_reading (source, part, day)",
                "CREATE INDEX source_reading_next ON source_reading (source, next_read_at)",
                "CREATE INDEX arxiv_lookup_id ON arxiv_lookup (arxiv_id)",
                "CREATE INDEX arxiv_lookup_time ON arxiv_lookup (looked_up_at)",
                "ALTER TABLE import_run ADD COLUMN request text",
                "ALTER TABLE import_run ADD COLUMN is_ordered boolean NOT NULL DEFAULT FALSE",
                "UPDATE import_run SET is_ordered = TRUE WHERE path IS NOT NULL",
                "CREATE INDEX import_run_running ON import_run (source) WHERE status = 'RUNNING'",
            ],
        )
        .await?;
        let looked_up = Table::alter()
            .table("paper")
            .add_column(timestamp_with_time_zone_null("looked_up_at"))
            .to_owned();
        manager.alter_table(looked_up).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "ALTER TABLE paper DROP COLUMN looked_up_at",
                "DROP INDEX import_run_running",
                "ALTER TABLE import_run DROP COLUMN is_ordered",
                "ALTER TABLE import_run DROP COLUMN request",
            ],
        )
        .await?;
        drop_all(
            manager,
            &[
                "feed_completion",
                "paper_history",
                "arxiv_lookup",
                "source_circuit",
                "source_turn",
                "harvest",
                "source_reading",
                "source",
            ],
        )
        .await
    }
}

fn reading() -> TableCreateStatement {
    Table::create()
        .table("source_reading")
        .col(big_pk_auto("id"))
        .col(text("source"))
        .col(text("part"))
        .col(date("day"))
        .col(timestamp_with_time_zone("due_at"))
        .col(text("status"))
        .col(timestamp_with_time_zone_null("next_read_at"))
        .col(integer("attempt").default(0))
        .col(timestamp_with_time_zone_null("attempted_at"))
        .col(timestamp_with_time_zone_null("read_at"))
        .col(text_null("error"))
        .col(integer_null("found"))
        .col(text_null("list_hash"))
        .col(timestamp_with_time_zone_null("agreed_since"))
        .col(text_null("content_hash"))
        .col(text_null("etag"))
        .col(text_null("last_modified"))
        .col(text_null("owner"))
        .col(timestamp_with_time_zone_null("lease_until"))
        .to_owned()
}

fn harvest() -> TableCreateStatement {
    Table::create()
        .table("harvest")
        .col(text("key").primary_key())
        .col(text_null("set_spec"))
        .col(date_null("from_day"))
        .col(date_null("until_day"))
        .col(boolean("is_scheduled"))
        .col(text_null("token"))
        .col(timestamp_with_time_zone_null("token_expires_at"))
        .col(big_integer("pages").default(0))
        .col(big_integer("records").default(0))
        .col(big_integer_null("list_size"))
        .col(timestamp_with_time_zone_null("responded_at"))
        .col(big_integer_null("import_run_id"))
        .col(timestamp_with_time_zone_null("next_read_at"))
        .col(integer("attempt").default(0))
        .col(timestamp_with_time_zone_null("attempted_at"))
        .col(timestamp_with_time_zone_null("read_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .col(text_null("error"))
        .col(text_null("owner"))
        .col(timestamp_with_time_zone_null("lease_until"))
        .to_owned()
}
