//! Changes of many papers at once: noted by statement on Postgres, and gathered in memory by SQLite's index of words.
//!
//! On Postgres an import writes thousands of rows in a statement. Triggers for each row took half of its time: for each a function was
//! called and a row of `paper_change` looked up. Now a trigger for each statement notes the papers as one row of
//! `paper_change_pending`, and the trigger that is deferred to the commit is on that table. It numbers the papers as before:
//! all changes of a transaction have one number, given under a lock that is held until the commit. What it noted goes with
//! the same transaction, so that nobody ever reads a row there, and nothing is lost if the server loses the table in a crash
//! (UNLOGGED). Changes of single columns are still noted by row: Postgres gives no rows to a trigger of a statement that is
//! for some columns only.
//!
//! The index of words compares words byte by byte: by the rules of a language that took a quarter of its time, and no order
//! of them is asked for. `domain` spells its expression the same way.
//!
//! On SQLite triggers are compiled into the statement, and stay. Its index of words (FTS5) gathers the words of a
//! transaction up to `hashsize` before it writes a segment, and merges segments when it has `automerge` of a size
//! (<https://www.sqlite.org/fts5.html>, 6). With 16 MiB instead of one and 8 segments instead of 4, words take half the
//! time.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::table::run;

/// The rows whose writing changes papers: the name of the trigger, what happens to which table, and the column with the id
/// of the paper.
const EVENTS: [(&str, &str, &str); 8] = [
    ("paper_added", "INSERT ON paper", "id"),
    ("paper_removed", "DELETE ON paper", "id"),
    ("category_added", "INSERT ON paper_category", "paper_id"),
    ("category_removed", "DELETE ON paper_category", "paper_id"),
    ("keyword_added", "INSERT ON keyword", "paper_id"),
    ("keyword_removed", "DELETE ON keyword", "paper_id"),
    ("plan_added", "INSERT ON planned_feature", "paper_id"),
    ("plan_removed", "DELETE ON planned_feature", "paper_id"),
];

/// Settings of SQLite's index of words: the name, the value, and the value before.
const WORD_INDEX_SETTINGS: [(&str, u32, u32); 2] =
    [("hashsize", 16 * 1024 * 1024, 1024 * 1024), ("automerge", 8, 4)];

/// The row of `paper_change` of a paper takes the number of the transaction.
const KEEP_ONE_NUMBER: &str = "ON CONFLICT (paper_id) DO UPDATE SET number = excluded.number WHERE paper_change.number <> excluded.number;";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_connection().get_database_backend() != DbBackend::Postgres {
            return set_word_index(manager, |(name, value, _)| (name, value)).await;
        }
        let number_changes = format!(
            "CREATE FUNCTION number_pending_changes() RETURNS trigger LANGUAGE plpgsql AS $$ \
             DECLARE change bigint := paper_change_of_transaction(); \
             BEGIN \
             INSERT INTO paper_change (paper_id, number) SELECT unnest(new.paper_ids), change {KEEP_ONE_NUMBER} \
             DELETE FROM paper_change_pending WHERE id = new.id; \
             RETURN NULL; END $$"
        );
        run(
            manager,
            &[
                "CREATE UNLOGGED TABLE paper_change_pending \
                 (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, paper_ids bigint[] NOT NULL)",
                &number_changes,
                "CREATE CONSTRAINT TRIGGER number_pending_changes AFTER INSERT ON paper_change_pending \
                 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION number_pending_changes()",
            ],
        )
        .await?;
        for (name, event, paper_id) in EVENTS {
            let rows = if event.starts_with("INSERT") { "NEW" } else { "OLD" };
            let function = format!(
                "CREATE FUNCTION search_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 INSERT INTO paper_change_pending (paper_ids) \
                 SELECT array_agg(DISTINCT {paper_id}) FROM changed HAVING count(*) > 0; \
                 RETURN NULL; END $$"
            );
            replace(manager, name, &function, &format!("AFTER {event} REFERENCING {rows} TABLE AS changed"))
                .await?;
        }
        let due = "CREATE FUNCTION embedding_due() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                   INSERT INTO paper_embedding (paper_id) SELECT id FROM changed; RETURN NULL; END $$";
        run(
            manager,
            &[
                "DROP FUNCTION embedding_due CASCADE",
                due,
                "CREATE TRIGGER embedding_due AFTER INSERT ON paper REFERENCING NEW TABLE AS changed \
                 FOR EACH STATEMENT EXECUTE FUNCTION embedding_due()",
                "DROP INDEX paper_words_index",
                "CREATE INDEX paper_words_index ON paper_words \
                 USING gin (string_to_array(btrim(words COLLATE \"C\"), ' '))",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_connection().get_database_backend() != DbBackend::Postgres {
            return set_word_index(manager, |(name, _, before)| (name, before)).await;
        }
        for (name, event, paper_id) in EVENTS {
            let row = if event.starts_with("INSERT") { "new" } else { "old" };
            let function = format!(
                "CREATE FUNCTION search_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ \
                 DECLARE change bigint := paper_change_of_transaction(); \
                 BEGIN \
                 INSERT INTO paper_change (paper_id, number) SELECT {row}.{paper_id}, change {KEEP_ONE_NUMBER} \
                 RETURN NULL; END $$"
            );
            drop_function(manager, name).await?;
            let trigger = format!(
                "CREATE CONSTRAINT TRIGGER search_{name} AFTER {event} DEFERRABLE INITIALLY DEFERRED \
                 FOR EACH ROW EXECUTE FUNCTION search_{name}()"
            );
            run(manager, &[&function, &trigger]).await?;
        }
        run(
            manager,
            &[
                "DROP FUNCTION embedding_due CASCADE",
                "CREATE FUNCTION embedding_due() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 INSERT INTO paper_embedding (paper_id) VALUES (new.id); RETURN NULL; END $$",
                "CREATE TRIGGER embedding_due AFTER INSERT ON paper FOR EACH ROW EXECUTE FUNCTION embedding_due()",
                "DROP TABLE paper_change_pending",
                "DROP FUNCTION number_pending_changes",
                "DROP INDEX paper_words_index",
                "CREATE INDEX paper_words_index ON paper_words USING gin (string_to_array(btrim(words), ' '))",
            ],
        )
        .await
    }
}

/// Sets SQLite's index of words.
async fn set_word_index(
    manager: &SchemaManager<'_>,
    of: fn((&'static str, u32, u32)) -> (&'static str, u32),
) -> Result<(), DbErr> {
    for (name, value) in WORD_INDEX_SETTINGS.map(of) {
        let sql = format!("INSERT INTO paper_word_index (paper_word_index, rank) VALUES ('{name}', {value})");
        run(manager, &[&sql]).await?;
    }
    Ok(())
}

/// Puts a function and its trigger for each statement in the place of those of the same name.
async fn replace(manager: &SchemaManager<'_>, name: &str, function: &str, after: &str) -> Result<(), DbErr> {
    drop_function(manager, name).await?;
    let trigger =
        format!("CREATE TRIGGER search_{name} {after} FOR EACH STATEMENT EXECUTE FUNCTION search_{name}()");
    run(manager, &[function, &trigger]).await
}

/// Drops a function and the trigger that calls it.
async fn drop_function(manager: &SchemaManager<'_>, name: &str) -> Result<(), DbErr> {
    run(manager, &[&format!("DROP FUNCTION search_{name} CASCADE")]).await
}
