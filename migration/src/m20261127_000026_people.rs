//! How people are found and told apart whatever the spelling: folded handles, names and mailboxes. Which token a token was
//! made with. Which networks a person signed in from, and which mails with links were asked for.
//!
//! The folding stands here a second time, as it was when this ran: what the service folds by may change, history not.

use std::collections::HashSet;

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use unicode_normalization::UnicodeNormalization as _;

use crate::table::{drop_all, reference, run};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "ALTER TABLE \"user\" ADD COLUMN handle_key TEXT",
                "ALTER TABLE \"user\" ADD COLUMN search_key TEXT NOT NULL DEFAULT ''",
                "ALTER TABLE \"user\" ADD COLUMN mailbox_key TEXT",
                "ALTER TABLE access_token ADD COLUMN parent_id BIGINT REFERENCES access_token (id) ON DELETE CASCADE",
            ],
        )
        .await?;
        let known_network = Table::create()
            .table("known_network")
            .col(big_integer("user_id"))
            .col(text("network_hash"))
            .col(timestamp_with_time_zone("seen_at"))
            .primary_key(Index::create().col("user_id").col("network_hash"))
            .foreign_key(&mut reference("known_network", "user_id", "user", ForeignKeyAction::Cascade))
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
        for table in [known_network, link_request] {
            manager.create_table(table).await?;
        }
        fold_people(manager).await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX user_by_handle_key ON \"user\" (handle_key)",
                "CREATE INDEX user_by_mailbox_key ON \"user\" (mailbox_key) WHERE mailbox_key IS NOT NULL",
                "CREATE INDEX access_token_parent ON access_token (parent_id) WHERE parent_id IS NOT NULL",
                "CREATE INDEX known_network_seen ON known_network (seen_at)",
                "CREATE INDEX link_request_mailbox ON link_request (mailbox_hash, asked_at)",
                "CREATE INDEX link_request_asked ON link_request (asked_at)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["link_request", "known_network"]).await?;
        run(
            manager,
            &[
                "DROP INDEX access_token_parent",
                "DROP INDEX user_by_mailbox_key",
                "DROP INDEX user_by_handle_key",
                "ALTER TABLE \"user\" DROP COLUMN mailbox_key",
                "ALTER TABLE \"user\" DROP COLUMN search_key",
                "ALTER TABLE \"user\" DROP COLUMN handle_key",
            ],
        )
        .await?;
        manager.alter_table(Table::alter().table("access_token").drop_column("parent_id").to_owned()).await
    }
}

/// Fills the new columns of everyone who is there. Of handles that are one by their key the first has it; the others keep
/// their handle, with a key that nobody can take.
async fn fold_people(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let everyone = Query::select()
        .columns(["id", "handle", "display_name", "email_key"])
        .from("user")
        .order_by("id", Order::Asc)
        .to_owned();
    let mut taken = HashSet::new();
    for row in connection.query_all(&everyone).await? {
        let id: i64 = row.try_get("", "id")?;
        let handle: String = row.try_get("", "handle")?;
        let display_name: String = row.try_get("", "display_name")?;
        let email_key: Option<String> = row.try_get("", "email_key")?;
        let mut key = handle_key(&handle);
        if !taken.insert(key.clone()) {
            key = format!("{key}~{id}");
        }
        let search = fold(&format!("{handle}\n{display_name}\n{}", email_key.as_deref().unwrap_or_default()));
        let change = Query::update()
            .table("user")
            .value("handle_key", key)
            .value("search_key", search)
            .value("mailbox_key", email_key.as_deref().map(mailbox_key))
            .and_where(Expr::col("id").eq(id))
            .to_owned();
        connection.execute(&change).await?;
    }
    Ok(())
}

fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

fn handle_key(handle: &str) -> String {
    let alike: String = unicode_security::skeleton(&fold(handle)).collect();
    fold(&alike).replace(['i', '1', '|'], "l").replace('0', "o")
}

fn mailbox_key(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else { return address.to_owned() };
    let untagged = local.split('+').next().filter(|head| !head.is_empty()).unwrap_or(local);
    if matches!(domain, "gmail.com" | "googlemail.com") {
        format!("{}@gmail.com", untagged.replace('.', ""))
    } else {
        format!("{untagged}@{domain}")
    }
}
