//! What imports leave out of papers that they take, files that they cannot read, and what a source tells beside the
//! paper itself: who handed it in and takes part, with which pictures, and how new its words are.

use sea_orm_migration::prelude::*;

use crate::table::run;

const COLUMNS: [(&str, &str, &str); 9] = [
    ("import_problem", "field", "text NULL"),
    ("import_run", "warnings", "integer NOT NULL DEFAULT 0"),
    ("import_run", "unreadable_files", "integer NOT NULL DEFAULT 0"),
    ("paper", "media_urls", "JSON NOT NULL DEFAULT '[]'"),
    ("paper", "submitter", "JSON NULL"),
    ("paper", "participants", "JSON NOT NULL DEFAULT '[]'"),
    ("paper", "said_version", "integer NULL"),
    ("paper", "said_on", "date NULL"),
    ("organization", "named_on", "date NULL"),
];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let json = if manager.get_database_backend() == sea_orm_migration::sea_orm::DbBackend::Postgres {
            "jsonb"
        } else {
            "jsonb_text"
        };
        for (table, column, kind) in COLUMNS {
            let kind = kind.replace("JSON", json);
            run(manager, &[&format!("ALTER TABLE {table} ADD COLUMN {column} {kind}")]).await?;
        }
        // Names of organizations that differ in case only are one; the row made last has the latest name.
        let statements = [
            "UPDATE paper SET organization_id = (SELECT MAX(same.id) FROM organization same JOIN organization named \
             ON LOWER(same.slug) = LOWER(named.slug) WHERE named.id = paper.organization_id) \
             WHERE organization_id IS NOT NULL",
            "DELETE FROM organization WHERE id NOT IN (SELECT MAX(id) FROM organization GROUP BY LOWER(slug))",
            "UPDATE organization SET slug = LOWER(slug) WHERE slug <> LOWER(slug)",
            "UPDATE paper SET doi = LOWER(doi) WHERE doi <> LOWER(doi)",
        ];
        run(manager, &statements).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column, _) in COLUMNS {
            run(manager, &[&format!("ALTER TABLE {table} DROP COLUMN {column}")]).await?;
        }
        Ok(())
    }
}
