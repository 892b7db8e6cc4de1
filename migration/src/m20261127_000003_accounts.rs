//! People with an account, their sessions and bearer tokens (as hashes only), and the networks that they signed in from.
//!
//! The `_key` columns hold folded values: handles that look alike have the same, and mailboxes whatever the tags of their
//! address.

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
        let user = Table::create()
            .table("user")
            .col(big_pk_auto("id"))
            .col(text_uniq("handle"))
            .col(text_null("handle_key"))
            .col(text("display_name"))
            .col(text("search_key").default(""))
            .col(text("role"))
            .col(text_null("email"))
            .col(text_null("email_key").unique_key())
            .col(text_null("mailbox_key"))
            .col(timestamp_with_time_zone("joined_at"))
            .col(timestamp_with_time_zone_null("banned_at"))
            .col(text_null("ban_reason"))
            .to_owned();
        let sign_in = Table::create()
            .table("sign_in")
            .col(big_pk_auto("id"))
            .col(text_uniq("email_key"))
            .col(text("email"))
            .col(text_null("nonce"))
            .col(timestamp_with_time_zone_null("expires_at"))
            .to_owned();
        let session = Table::create()
            .table("session")
            .col(big_pk_auto("id"))
            .col(big_integer("user_id"))
            .col(text_uniq("token_hash"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .foreign_key(&mut reference("session", "user_id", "user", ForeignKeyAction::Cascade))
            .to_owned();
        let access_token = Table::create()
            .table("access_token")
            .col(big_pk_auto("id"))
            .col(big_integer("user_id"))
            .col(big_integer_null("parent_id"))
            .col(text("name"))
            .col(text_uniq("token_hash"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("last_used_at"))
            .col(date_null("expires_on"))
            .foreign_key(&mut reference("access_token", "user_id", "user", ForeignKeyAction::Cascade))
            .foreign_key(&mut reference(
                "access_token",
                "parent_id",
                "access_token",
                ForeignKeyAction::Cascade,
            ))
            .to_owned();
        let known_network = Table::create()
            .table("known_network")
            .col(big_integer("user_id"))
            .col(text("network_hash"))
            .col(timestamp_with_time_zone("seen_at"))
            .primary_key(Index::create().col("user_id").col("network_hash"))
            .foreign_key(&mut reference("known_network", "user_id", "user", ForeignKeyAction::Cascade))
            .to_owned();
        for table in [user, sign_in, session, access_token, known_network] {
            manager.create_table(table).await?;
        }
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX user_by_handle_key ON \"user\" (handle_key)",
                "CREATE INDEX user_by_mailbox_key ON \"user\" (mailbox_key) WHERE mailbox_key IS NOT NULL",
                "CREATE INDEX session_by_user ON session (user_id)",
                "CREATE INDEX session_expires ON session (expires_at)",
                "CREATE INDEX access_token_user ON access_token (user_id)",
                "CREATE INDEX access_token_parent ON access_token (parent_id) WHERE parent_id IS NOT NULL",
                "CREATE INDEX known_network_seen ON known_network (seen_at)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["known_network", "access_token", "session", "sign_in", "user"]).await
    }
}
