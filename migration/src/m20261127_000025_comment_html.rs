//! Comments keep the HTML that was made of them. Those from before have none until it is made, by and by.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::table::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = text_null("body_html");
        manager.alter_table(Table::alter().table("comment").add_column(column).to_owned()).await?;
        run(
            manager,
            &["CREATE INDEX comment_without_html ON comment (id) WHERE body_html IS NULL AND deleted_at IS NULL"],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP INDEX comment_without_html"]).await?;
        manager.alter_table(Table::alter().table("comment").drop_column("body_html").to_owned()).await
    }
}
