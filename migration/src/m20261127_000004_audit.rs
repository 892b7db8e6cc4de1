//! What curators and administrators did, and which of their requests need no second answer.

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
        for table in [audit_entry, idempotency_key] {
            manager.create_table(table).await?;
        }
        run(manager, &["CREATE INDEX idempotency_key_created ON idempotency_key (created_at)"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["idempotency_key", "audit_entry"]).await
    }
}
