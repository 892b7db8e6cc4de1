//! People with an account, their sessions and bearer tokens (as hashes only), what curators and administrators did,
//! and which of their requests need no second answer.

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
            .col(text("display_name"))
            .col(text("role"))
            .col(text_null("email"))
            .col(text_null("email_key").unique_key())
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
            .col(text("name"))
            .col(text_uniq("token_hash"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("last_used_at"))
            .col(date_null("expires_on"))
            .foreign_key(&mut reference("access_token", "user_id", "user", ForeignKeyAction::Cascade))
            .to_owned();
        let audit_entry = Table::create()
            .table("audit_entry")
            .col(big_pk_auto("id"))
            .col(timestamp_with_time_zone("at"))
            .col(big_integer_null("actor_id"))
            .col(text("action"))
            .col(text_null("target"))
            .col(text_null("detail"))
            .foreign_key(&mut reference("audit_entry", "actor_id", "user", ForeignKeyAction::SetNull))
            .to_owned();
        let idempotency_key = Table::create()
            .table("idempotency_key")
            .col(big_integer("user_id"))
            .col(text("idempotency_key"))
            .col(text("action"))
            .col(big_integer("target_id"))
            .col(timestamp_with_time_zone("created_at"))
            .primary_key(Index::create().col("user_id").col("idempotency_key"))
            .foreign_key(&mut reference("idempotency_key", "user_id", "user", ForeignKeyAction::Cascade))
            .to_owned();
        for table in [user, sign_in, session, access_token, audit_entry, idempotency_key] {
            manager.create_table(table).await?;
        }
        run(
            manager,
            &[
                "CREATE INDEX session_by_user ON session (user_id)",
                "CREATE INDEX session_expires ON session (expires_at)",
                "CREATE INDEX access_token_user ON access_token (user_id)",
                "CREATE INDEX idempotency_key_created ON idempotency_key (created_at)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["idempotency_key", "audit_entry", "access_token", "session", "sign_in", "user"])
            .await
    }
}
