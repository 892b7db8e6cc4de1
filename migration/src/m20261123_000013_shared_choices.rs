//! Whether the last instant of the feed clock was given out to choose papers: digests chosen one after the other share
//! it then.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = boolean("is_choice").default(false).to_owned();
        manager.alter_table(Table::alter().table("feed_clock").add_column(column).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("feed_clock").drop_column("is_choice").to_owned()).await
    }
}
