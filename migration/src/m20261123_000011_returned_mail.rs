//! Mail that comes back, and the pace of mail that strangers can cause.
//!
//! The index over `sent_at` is for the usual share of mailboxes that do not exist: what was sent in some days is
//! counted when many bounces come. Bounces from before digests were last resumed count no more, so that is remembered.

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
        let pace = Table::create()
            .table("mail_pace")
            .col(ColumnDef::new("kind").text().not_null().primary_key())
            .col(timestamp_with_time_zone("spread_until"))
            .to_owned();
        manager.create_table(bounce).await?;
        manager.create_table(pace).await?;
        let resumed_at = timestamp_with_time_zone_null("resumed_at");
        manager.alter_table(Table::alter().table("sending").add_column(resumed_at).to_owned()).await?;
        run(
            manager,
            &[
                "INSERT INTO mail_pace (kind, spread_until) VALUES ('CONFIRMATION', '2000-01-01 00:00:00+00:00'), \
                 ('MANAGE', '2000-01-01 00:00:00+00:00'), ('SIGN_IN', '2000-01-01 00:00:00+00:00')",
                "CREATE INDEX bounce_received ON bounce (received_at)",
                "CREATE INDEX bounce_address ON bounce (address_hash, received_at) WHERE address_hash IS NOT NULL",
                "CREATE INDEX bounce_delivery ON bounce (delivery_id) WHERE delivery_id IS NOT NULL",
                "CREATE INDEX delivery_sent ON delivery (sent_at) WHERE sent_at IS NOT NULL",
                "CREATE INDEX subscription_unconfirmed ON subscription (created_at) WHERE confirmed_at IS NULL",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP INDEX subscription_unconfirmed", "DROP INDEX delivery_sent"]).await?;
        manager.alter_table(Table::alter().table("sending").drop_column("resumed_at").to_owned()).await?;
        drop_all(manager, &["mail_pace", "bounce"]).await
    }
}
