//! What holds mail back: circuits of recipient domains that refuse what comes from here, and the rate that all
//! workers share.
//!
//! A circuit is judged by the latest outcomes of its domain, so a delivery remembers when a server took or refused it;
//! the partial index finds them. The rate has one row: the instant from which the next message may leave, in
//! microseconds of the database's own time.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::table::{drop_all, run};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let circuit = Table::create()
            .table("circuit")
            .col(text("domain").primary_key())
            .col(timestamp_with_time_zone_null("opened_at"))
            .col(text_null("reason"))
            .col(integer("failures"))
            .col(timestamp_with_time_zone_null("probe_at"))
            .col(big_integer_null("probe_id"))
            .col(timestamp_with_time_zone_null("closed_at"))
            .to_owned();
        let rate_bucket = Table::create()
            .table("rate_bucket")
            .col(big_pk_auto("id"))
            .col(big_integer("free_at"))
            .to_owned();
        let judged_at = timestamp_with_time_zone_null("judged_at");
        manager.create_table(circuit).await?;
        manager.create_table(rate_bucket).await?;
        manager.alter_table(Table::alter().table("delivery").add_column(judged_at).to_owned()).await?;
        run(
            manager,
            &[
                "INSERT INTO rate_bucket (id, free_at) VALUES (1, 0)",
                "CREATE INDEX delivery_judged ON delivery (domain, judged_at) WHERE judged_at IS NOT NULL",
                "CREATE INDEX delivery_absent ON delivery (judged_at) WHERE reason = 'BAD_RECIPIENT'",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP INDEX delivery_absent", "DROP INDEX delivery_judged"]).await?;
        manager.alter_table(Table::alter().table("delivery").drop_column("judged_at").to_owned()).await?;
        drop_all(manager, &["rate_bucket", "circuit"]).await
    }
}
