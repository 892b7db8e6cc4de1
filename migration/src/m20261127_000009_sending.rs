//! What holds mail back: pauses, circuit breakers of recipient domains that refuse mail from here, the rate that all workers
//! share, and the limits of mail that strangers can trigger.
//!
//! `sending_state` and `rate_bucket` are one row each. `rate_bucket.free_at` is the instant from which the next message may
//! leave, in microseconds of the database's own time. Bounces from before digests were last resumed no longer count, so
//! `sending_state` remembers when that was.

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
        let sending_state = Table::create()
            .table("sending_state")
            .col(big_pk_auto("id"))
            .col(timestamp_with_time_zone_null("paused_at"))
            .col(text_null("reason"))
            .col(timestamp_with_time_zone_null("resumed_at"))
            .to_owned();
        let circuit_breaker = Table::create()
            .table("circuit_breaker")
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
        let triggered_mail_pace = Table::create()
            .table("triggered_mail_pace")
            .col(text("kind").primary_key())
            .col(timestamp_with_time_zone("spread_until"))
            .to_owned();
        let link_request = Table::create()
            .table("link_request")
            .col(big_pk_auto("id"))
            .col(text("kind"))
            .col(text("mailbox_hash"))
            .col(text_null("network_hash"))
            .col(boolean("is_known"))
            .col(timestamp_with_time_zone("asked_at"))
            .col(timestamp_with_time_zone_null("used_at"))
            .to_owned();
        for table in [sending_state, circuit_breaker, rate_bucket, triggered_mail_pace, link_request] {
            manager.create_table(table).await?;
        }
        run(
            manager,
            &[
                "INSERT INTO sending_state (id) VALUES (1)",
                "INSERT INTO rate_bucket (id, free_at) VALUES (1, 0)",
                "INSERT INTO triggered_mail_pace (kind, spread_until) VALUES \
                 ('CONFIRMATION', '2000-01-01 00:00:00+00:00'), ('MANAGE', '2000-01-01 00:00:00+00:00'), \
                 ('SIGN_IN', '2000-01-01 00:00:00+00:00')",
                "CREATE INDEX link_request_mailbox ON link_request (mailbox_hash, asked_at)",
                "CREATE INDEX link_request_asked ON link_request (asked_at)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(
            manager,
            &["link_request", "triggered_mail_pace", "rate_bucket", "circuit_breaker", "sending_state"],
        )
        .await
    }
}
