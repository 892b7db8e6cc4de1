//! Every mail, digests and others, from planned to its end.
//!
//! Two unique keys make a digest one: once an edition, once a local date. Both ignore rows where a
//! part is null, so mails that are no digests are free of them. A third lets a subscription have one open
//! digest, so that no two choose the same papers. `next_attempt_at` is set exactly while a
//! row waits for an attempt; the partial indexes over it are the work queues.
//!
//! A circuit breaker is judged by the latest outcomes of its domain, so a delivery remembers when a server took or refused
//! it. The index over `sent_at` is for the usual share of mailboxes that do not exist: when many bounces come, what was
//! sent in some days is counted.

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
        let delivery = Table::create()
            .table("delivery")
            .col(big_pk_auto("id"))
            .col(text("kind"))
            .col(big_integer_null("subscription_id"))
            .col(big_integer_null("edition_id"))
            .col(big_integer_null("sign_in_id"))
            .col(date_null("local_date"))
            .col(text("recipient"))
            .col(text("mailbox_hash"))
            .col(text("domain"))
            .col(text("status"))
            .col(text_null("reason"))
            .col(integer("attempt"))
            .col(integer("deferrals"))
            .col(timestamp_with_time_zone_null("lease_until"))
            .col(timestamp_with_time_zone_null("next_attempt_at"))
            .col(timestamp_with_time_zone("due_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(text_uniq("message_id"))
            .col(date_null("cutoff_day"))
            .col(json_binary_null("papers"))
            .col(timestamp_with_time_zone_null("chosen_at"))
            .col(text_null("reply"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("sent_at"))
            .col(timestamp_with_time_zone_null("doubted_at"))
            .col(timestamp_with_time_zone_null("judged_at"))
            .col(timestamp_with_time_zone_null("bounced_at"))
            .foreign_key(&mut reference(
                "delivery",
                "subscription_id",
                "subscription",
                ForeignKeyAction::SetNull,
            ))
            .foreign_key(&mut reference("delivery", "sign_in_id", "sign_in", ForeignKeyAction::SetNull))
            .foreign_key(&mut reference("delivery", "edition_id", "edition", ForeignKeyAction::Restrict))
            .to_owned();
        manager.create_table(delivery).await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX delivery_edition ON delivery (subscription_id, edition_id)",
                "CREATE UNIQUE INDEX delivery_local_date ON delivery (subscription_id, local_date) \
                 WHERE status <> 'SKIPPED'",
                "CREATE UNIQUE INDEX delivery_open_digest ON delivery (subscription_id) \
                 WHERE kind = 'DIGEST' AND status IN ('QUEUED', 'DEFERRED', 'SENDING') AND doubted_at IS NULL",
                "CREATE INDEX delivery_digests_due ON delivery (next_attempt_at, id) \
                 WHERE kind = 'DIGEST' AND next_attempt_at IS NOT NULL",
                "CREATE INDEX delivery_transactional_due ON delivery (next_attempt_at, id) \
                 WHERE kind <> 'DIGEST' AND next_attempt_at IS NOT NULL",
                "CREATE INDEX delivery_leased ON delivery (lease_until) WHERE status = 'SENDING'",
                "CREATE INDEX delivery_progress ON delivery (edition_id, status)",
                "CREATE INDEX delivery_mailbox ON delivery (mailbox_hash, created_at) WHERE kind <> 'DIGEST'",
                "CREATE INDEX delivery_judged ON delivery (domain, judged_at) WHERE judged_at IS NOT NULL",
                "CREATE INDEX delivery_absent ON delivery (judged_at) WHERE reason = 'BAD_RECIPIENT'",
                "CREATE INDEX delivery_sent ON delivery (sent_at) WHERE sent_at IS NOT NULL",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["delivery"]).await
    }
}
