//! Words looked up in an index, and by which rules they were made.
//!
//! On SQLite an FTS5 table without content of its own, which triggers keep. Its tokenizer parts at spaces only, as far
//! as what words consist of goes: letters beyond ASCII belong to words, and `+` and `#` are named. On Postgres a GIN
//! index over the words as an array, as `domain` names it in its queries. Rows that are there have rules 0 and are made
//! anew by the service.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::table::run;

#[derive(DeriveMigrationName)]
pub struct Migration;

const SQLITE: [&str; 5] = [
    "CREATE VIRTUAL TABLE paper_word_index USING fts5(words, content='', contentless_delete=1, \
     tokenize=\"ascii tokenchars '+#'\")",
    "INSERT INTO paper_word_index (rowid, words) SELECT paper_id, words FROM paper_words",
    "CREATE TRIGGER paper_words_added AFTER INSERT ON paper_words BEGIN \
     INSERT INTO paper_word_index (rowid, words) VALUES (new.paper_id, new.words); END",
    "CREATE TRIGGER paper_words_removed AFTER DELETE ON paper_words BEGIN \
     DELETE FROM paper_word_index WHERE rowid = old.paper_id; END",
    "CREATE TRIGGER paper_words_changed AFTER UPDATE OF words ON paper_words BEGIN \
     UPDATE paper_word_index SET words = new.words WHERE rowid = old.paper_id; END",
];

const POSTGRES: [&str; 1] =
    ["CREATE INDEX paper_words_index ON paper_words USING gin (string_to_array(btrim(words), ' '))"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rules = integer("rules").default(0).to_owned();
        manager.alter_table(Table::alter().table("paper_words").add_column(rules).to_owned()).await?;
        let of = Index::create().name("paper_words_rules").table("paper_words").col("rules").to_owned();
        manager.create_index(of).await?;
        let is_sqlite = manager.get_connection().get_database_backend() == DbBackend::Sqlite;
        if is_sqlite { run(manager, &SQLITE).await } else { run(manager, &POSTGRES).await }
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_connection().get_database_backend() == DbBackend::Sqlite {
            for name in ["paper_words_added", "paper_words_removed", "paper_words_changed"] {
                run(manager, &[&format!("DROP TRIGGER {name}")]).await?;
            }
            run(manager, &["DROP TABLE paper_word_index"]).await?;
        } else {
            run(manager, &["DROP INDEX paper_words_index"]).await?;
        }
        run(manager, &["DROP INDEX paper_words_rules"]).await?;
        manager.alter_table(Table::alter().table("paper_words").drop_column("rules").to_owned()).await
    }
}
