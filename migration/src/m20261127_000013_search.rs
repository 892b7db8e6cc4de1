//! What the search indexes follow: which papers changed, in the order of the commits, and the vectors of their texts.
//!
//! `paper_change` has the number of the last change of each paper. Triggers write it, so that no writer can forget to.
//! On SQLite there is one writer, and numbers are given as they come. On Postgres the triggers run when a transaction
//! commits, one transaction after the other (a lock that is held until the commit), and all changes of a transaction
//! have one number. So whoever has read all numbers up to one misses nothing that is committed later.
//!
//! `paper_embedding` has a row for each paper; one without a model waits for its vector, and a change of the text makes
//! it wait again. `search_generation` is one row: a number that an administrator raises to have all indexes built anew, and
//! the model that vectors are made by.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::table::{drop_all, reference, run};

/// The lock under which Postgres numbers changes: the space of this service's locks, and a number of its own.
const CHANGE_LOCK: &str = "17488, 101";

/// Columns of a paper that are searched, or decide whether it is found.
const PAPER_COLUMNS: &str = "slug, arxiv_id, doi, title, abstract, authors, organization_id, published_on, repository_url, \
                             hidden_at, withdrawn_on";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let paper_change = Table::create()
            .table("paper_change")
            // Without a reference: what was deleted has changed.
            .col(big_integer("paper_id").primary_key())
            .col(big_integer("number"))
            .to_owned();
        let paper_embedding = Table::create()
            .table("paper_embedding")
            .col(big_integer("paper_id").primary_key())
            .col(text("model").default(""))
            .col(binary_null("vector"))
            .col(float_null("scale"))
            .col(integer("attempt").default(0))
            .col(timestamp_with_time_zone_null("claimed_until"))
            .foreign_key(&mut reference("paper_embedding", "paper_id", "paper", ForeignKeyAction::Cascade))
            .to_owned();
        let search_generation = Table::create()
            .table("search_generation")
            .col(big_integer("id").primary_key())
            .col(big_integer("number"))
            .col(text("model").default(""))
            .to_owned();
        for table in [paper_change, paper_embedding, search_generation] {
            manager.create_table(table).await?;
        }
        run(
            manager,
            &[
                "CREATE INDEX paper_change_number ON paper_change (number, paper_id)",
                "CREATE INDEX paper_embedding_model ON paper_embedding (model, paper_id)",
                "INSERT INTO search_generation (id, number) VALUES (1, 0)",
            ],
        )
        .await?;
        let statements = if manager.get_connection().get_database_backend() == DbBackend::Sqlite {
            sqlite_triggers()
        } else {
            postgres_triggers()
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        // Papers that are there already.
        run(
            manager,
            &[
                "INSERT INTO paper_change (paper_id, number) SELECT id, 0 FROM paper",
                "INSERT INTO paper_embedding (paper_id) SELECT id FROM paper",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let is_sqlite = manager.get_connection().get_database_backend() == DbBackend::Sqlite;
        let of_changes = events().into_iter().map(|event| format!("search_{}", event.name));
        for name in of_changes.chain(["embedding_due".to_owned(), "embedding_stale".to_owned()]) {
            let drop = if is_sqlite {
                format!("DROP TRIGGER {name}")
            } else {
                format!("DROP FUNCTION {name} CASCADE")
            };
            manager.get_connection().execute_unprepared(&drop).await?;
        }
        if !is_sqlite {
            run(
                manager,
                &["DROP FUNCTION paper_change_of_transaction", "DROP SEQUENCE paper_change_sequence"],
            )
            .await?;
        }
        drop_all(manager, &["search_generation", "paper_embedding", "paper_change"]).await
    }
}

/// A change of a row that changes what is found of papers.
struct Event {
    name: &'static str,
    /// What happens, to which table.
    after: String,
    /// The id of the paper, in the words of a trigger.
    paper_id: &'static str,
    /// Where that id comes from, if not from the changed row.
    from: &'static str,
}

fn events() -> Vec<Event> {
    let of_row = |name, after: String, paper_id| Event { name, after, paper_id, from: "" };
    let mut events = vec![
        of_row("paper_added", "INSERT ON paper".to_owned(), "new.id"),
        of_row("paper_changed", format!("UPDATE OF {PAPER_COLUMNS} ON paper"), "new.id"),
        of_row("paper_removed", "DELETE ON paper".to_owned(), "old.id"),
        of_row("embedding_changed", "UPDATE OF model, vector ON paper_embedding".to_owned(), "new.paper_id"),
        Event {
            name: "organization_renamed",
            after: "UPDATE OF name ON organization".to_owned(),
            paper_id: "paper.id",
            from: "FROM paper WHERE organization_id = new.id",
        },
    ];
    let relations = [
        ("category_added", "category_removed", "paper_category"),
        ("keyword_added", "keyword_removed", "keyword"),
        ("plan_added", "plan_removed", "planned_feature"),
    ];
    for (added, removed, table) in relations {
        events.push(of_row(added, format!("INSERT ON {table}"), "new.paper_id"));
        events.push(of_row(removed, format!("DELETE ON {table}"), "old.paper_id"));
    }
    events
}

fn sqlite_triggers() -> Vec<String> {
    let mut triggers: Vec<String> = events()
        .into_iter()
        .map(|Event { name, after, paper_id, from }| {
            // SQLite tells the conflict of an INSERT from the condition of a join by a WHERE.
            let from = if from.is_empty() { "WHERE true" } else { from };
            format!(
                "CREATE TRIGGER search_{name} AFTER {after} BEGIN \
                 INSERT INTO paper_change (paper_id, number) \
                 SELECT {paper_id}, 1 + (SELECT COALESCE(MAX(number), 0) FROM paper_change) {from} \
                 ON CONFLICT (paper_id) DO UPDATE SET number = excluded.number; END"
            )
        })
        .collect();
    triggers.push(
        "CREATE TRIGGER embedding_due AFTER INSERT ON paper BEGIN \
         INSERT INTO paper_embedding (paper_id) VALUES (new.id); END"
            .to_owned(),
    );
    triggers.push(
        "CREATE TRIGGER embedding_stale AFTER UPDATE OF title, abstract ON paper \
         WHEN old.title IS NOT new.title OR old.abstract IS NOT new.abstract BEGIN \
         UPDATE paper_embedding SET model = '', claimed_until = NULL, attempt = attempt + 1 WHERE paper_id = new.id; END"
            .to_owned(),
    );
    triggers
}

fn postgres_triggers() -> Vec<String> {
    let mut statements = vec![
        "CREATE SEQUENCE paper_change_sequence".to_owned(),
        // The number of this transaction: given once, when its first trigger runs, at the commit.
        format!(
            "CREATE FUNCTION paper_change_of_transaction() RETURNS bigint LANGUAGE plpgsql AS $$ \
             DECLARE given text := current_setting('daily_papers.change', true); \
             BEGIN \
             IF given IS NULL OR given = '' THEN \
             PERFORM pg_advisory_xact_lock({CHANGE_LOCK}); \
             given := set_config('daily_papers.change', nextval('paper_change_sequence')::text, true); \
             END IF; \
             RETURN given::bigint; END $$"
        ),
    ];
    for Event { name, after, paper_id, from } in events() {
        statements.push(format!(
            "CREATE FUNCTION search_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ \
             DECLARE change bigint := paper_change_of_transaction(); \
             BEGIN \
             INSERT INTO paper_change (paper_id, number) SELECT {paper_id}, change {from} \
             ON CONFLICT (paper_id) DO UPDATE SET number = excluded.number \
             WHERE paper_change.number <> excluded.number; \
             RETURN NULL; END $$"
        ));
        statements.push(format!(
            "CREATE CONSTRAINT TRIGGER search_{name} AFTER {after} DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION search_{name}()"
        ));
    }
    for (name, event, action) in [
        ("embedding_due", "INSERT ON paper", "INSERT INTO paper_embedding (paper_id) VALUES (new.id);"),
        (
            "embedding_stale",
            "UPDATE OF title, abstract ON paper",
            "IF old.title IS DISTINCT FROM new.title OR old.abstract IS DISTINCT FROM new.abstract THEN \
             UPDATE paper_embedding SET model = '', claimed_until = NULL, attempt = attempt + 1 \
             WHERE paper_id = new.id; END IF;",
        ),
    ] {
        statements.push(format!(
            "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {action} RETURN NULL; END $$"
        ));
        statements
            .push(format!("CREATE TRIGGER {name} AFTER {event} FOR EACH ROW EXECUTE FUNCTION {name}()"));
    }
    statements
}
