//! Votes, and comments with the HTML made of them.

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
        let upvote = Table::create()
            .table("upvote")
            .col(big_pk_auto("id"))
            .col(big_integer("paper_id"))
            .col(big_integer("user_id"))
            .col(timestamp_with_time_zone("created_at"))
            .foreign_key(&mut reference("upvote", "paper_id", "paper", ForeignKeyAction::Cascade))
            .foreign_key(&mut reference("upvote", "user_id", "user", ForeignKeyAction::Cascade))
            .to_owned();
        let comment = Table::create()
            .table("comment")
            .col(big_pk_auto("id"))
            .col(big_integer("paper_id"))
            .col(big_integer_null("author_id"))
            .col(big_integer_null("parent_id"))
            .col(text("body"))
            .col(text("body_html"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("edited_at"))
            .col(timestamp_with_time_zone_null("deleted_at"))
            .col(timestamp_with_time_zone_null("hidden_at"))
            .foreign_key(&mut reference("comment", "paper_id", "paper", ForeignKeyAction::Cascade))
            .foreign_key(&mut reference("comment", "author_id", "user", ForeignKeyAction::SetNull))
            .foreign_key(&mut reference("comment", "parent_id", "comment", ForeignKeyAction::Cascade))
            .to_owned();
        for table in [upvote, comment] {
            manager.create_table(table).await?;
        }
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX upvote_once ON upvote (paper_id, user_id)",
                "CREATE INDEX upvote_user ON upvote (user_id, id)",
                "CREATE INDEX comment_paper ON comment (paper_id, id)",
                "CREATE INDEX comment_parent ON comment (parent_id, id)",
                "CREATE INDEX comment_author ON comment (author_id, created_at)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["comment", "upvote"]).await
    }
}
