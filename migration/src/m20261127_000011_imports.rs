//! Runs of the importers: what came in, what was refused or left out and why, and how far a run got.
//!
//! A run that an administrator starts has a path; a worker holds it until `lease_until`.

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
        let import_run = Table::create()
            .table("import_run")
            .col(big_pk_auto("id"))
            .col(text("source"))
            .col(text("status"))
            .col(text("input"))
            .col(text("owner"))
            .col(text_null("path"))
            .col(timestamp_with_time_zone_null("lease_until"))
            .col(timestamp_with_time_zone("started_at"))
            .col(timestamp_with_time_zone_null("finished_at"))
            .col(big_integer("position"))
            .col(integer("read"))
            .col(integer("created"))
            .col(integer("updated"))
            .col(integer("unchanged"))
            .col(integer("rejected"))
            .col(integer("warnings").default(0))
            .col(integer("unreadable_files").default(0))
            .to_owned();
        let import_problem = Table::create()
            .table("import_problem")
            .col(big_pk_auto("id"))
            .col(big_integer("import_run_id"))
            .col(text("item"))
            .col(text_null("field"))
            .col(text("reason"))
            .foreign_key(&mut reference(
                "import_problem",
                "import_run_id",
                "import_run",
                ForeignKeyAction::Cascade,
            ))
            .to_owned();
        for table in [import_run, import_problem] {
            manager.create_table(table).await?;
        }
        run(manager, &["CREATE INDEX import_problem_run ON import_problem (import_run_id, id)"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["import_problem", "import_run"]).await
    }
}
