//! Subscriptions with how far their reading has been covered, and the addresses that no mail may reach.
//!
//! `address_key` is the lower-cased address: one subscription for it. Tokens in mails are derived from the `nonce`
//! columns; no token is stored. `suppression` knows addresses as keyed hashes only, so that it can outlive the
//! subscription.

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
        let subscription = Table::create()
            .table("subscription")
            .col(big_pk_auto("id"))
            .col(text_uniq("address_key"))
            .col(text("address_hash"))
            .col(text("email"))
            .col(text("status"))
            .col(text("cadence"))
            .col(text("time_zone"))
            .col(text("send_time"))
            .col(integer("weekdays"))
            .col(integer("max_papers"))
            .col(json_binary("filter"))
            .col(json_binary_null("pending"))
            .col(text("link_nonce"))
            .col(text_null("confirm_nonce"))
            .col(timestamp_with_time_zone_null("confirm_expires_at"))
            .col(text_null("manage_nonce"))
            .col(timestamp_with_time_zone_null("manage_expires_at"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("confirmed_at"))
            .col(date_null("paused_until"))
            .col(timestamp_with_time_zone_null("next_due_at"))
            .col(date_null("next_local_date"))
            .col(date_null("covered_day"))
            .col(timestamp_with_time_zone_null("covered_at"))
            .to_owned();
        let suppression = Table::create()
            .table("suppression")
            .col(big_pk_auto("id"))
            .col(text_uniq("address_hash"))
            .col(text("key_id"))
            .col(text("reason"))
            .col(text_null("note"))
            .col(timestamp_with_time_zone("since"))
            .to_owned();
        for table in [subscription, suppression] {
            manager.create_table(table).await?;
        }
        run(
            manager,
            &[
                "CREATE INDEX subscription_due ON subscription (next_due_at, id) WHERE next_due_at IS NOT NULL",
                "CREATE INDEX subscription_address_hash ON subscription (address_hash)",
                "CREATE INDEX subscription_status ON subscription (status, id)",
                "CREATE INDEX subscription_unconfirmed ON subscription (created_at) WHERE confirmed_at IS NULL",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["suppression", "subscription"]).await
    }
}
