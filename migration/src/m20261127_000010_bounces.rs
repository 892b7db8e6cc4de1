//! Mail that comes back.

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
        let bounce = Table::create()
            .table("bounce")
            .col(big_pk_auto("id"))
            .col(text_uniq("fingerprint"))
            .col(text("kind"))
            .col(big_integer_null("delivery_id"))
            .col(text_null("address_hash"))
            .col(text_null("diagnostic"))
            .col(blob("message"))
            .col(timestamp_with_time_zone("received_at"))
            .foreign_key(&mut reference("bounce", "delivery_id", "delivery", ForeignKeyAction::SetNull))
            .to_owned();
        manager.create_table(bounce).await?;
        run(
            manager,
            &[
                "CREATE INDEX bounce_received ON bounce (received_at)",
                "CREATE INDEX bounce_address ON bounce (address_hash, received_at) WHERE address_hash IS NOT NULL",
                "CREATE INDEX bounce_delivery ON bounce (delivery_id) WHERE delivery_id IS NOT NULL",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["bounce"]).await
    }
}
