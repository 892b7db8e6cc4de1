//! Imports that an administrator starts and a worker does: what is read, and until when a worker has it.

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
        // One column a statement: SQLite adds no two at once.
        for column in [text_null("path"), timestamp_with_time_zone_null("lease_until")] {
            manager.alter_table(Table::alter().table("import_run").add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["lease_until", "path"] {
            manager.alter_table(Table::alter().table("import_run").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
