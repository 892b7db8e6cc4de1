//! Database faults: missing tables, and what responses reveal of them.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use serde_json::{Value, json};

use crate::graphql::roles::populated::{Person, Populated};
use crate::graphql::roles::schema::Schema;
use crate::graphql::roles::walk::ways;
use crate::support::graphql::GraphqlResponse;
use crate::support::{Process, Stack, eventually};

/// Tables that no field of a query reads; that of sessions is read before any field.
const UNREAD: [&str; 20] = [
    "arxiv_lookup",
    "bounce",
    "feed_clock",
    "idempotency_key",
    "known_network",
    "link_request",
    "paper_author",
    "paper_change",
    "paper_change_pending",
    "paper_embedding",
    "paper_words",
    "rate_bucket",
    "seaql_migrations",
    "search_generation",
    "session",
    "sign_in",
    "source_turn",
    "triggered_mail_pace",
    "tzdb_release",
    "worker_heartbeat",
];

/// Fields that read the database.
const FAILING: &str = "node nodes paper feed papers trending categories category organization editions edition search suggest \
    emailSubscription stats sending emailSubscriptions deliveries importRuns suppressions auditLog \
    keywords viewerHasUpvoted submittedBy comments upvotedPapers accessTokens previous next progress \
    suppression subscription problems email";

async fn tables(stack: &Stack) -> Vec<String> {
    let sql = if stack.is_embedded() {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'paper_word_index%'"
    } else {
        "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'"
    };
    stack.rows(sql).await
}

/// Renames a table. Postgres keeps using prepared statements, so its connections are cut, and the service has to
/// notice it.
async fn rename(stack: &Stack, server: &Process, database: &DatabaseConnection, from: &str, to: &str) {
    database.execute_unprepared(&format!("ALTER TABLE \"{from}\" RENAME TO \"{to}\"")).await.unwrap();
    if !stack.is_embedded() {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        database.execute_unprepared(cut).await.unwrap();
        let asked = (0..20).map(|_| reqwest::get(server.url("/health/ready")));
        futures::future::join_all(asked).await;
    }
}

/// The errors of a response: their paths, and their numbers.
fn wrong(answer: &GraphqlResponse) -> Vec<(String, String)> {
    let told = answer.errors().iter().map(|error| {
        let message = error["message"].as_str().unwrap();
        let code = error["extensions"]["code"].as_str().unwrap();
        let path = error["path"].as_array().into_iter().flatten();
        let path: Vec<&str> = path.filter_map(Value::as_str).collect();
        // The user of a token cannot be looked up now.
        if code == "UNAVAILABLE" {
            assert_eq!(message, "The service is not available right now.");
            return (path.join("."), String::new());
        }
        assert_eq!(code, "INTERNAL", "{error}");
        let number = message.strip_prefix("Something went wrong. The error number is ");
        let number = number.and_then(|rest| rest.strip_suffix('.')).unwrap_or_else(|| panic!("{error}"));
        assert!(number.chars().all(|letter| letter.is_ascii_alphanumeric()), "{error}");
        assert_eq!(error["extensions"].as_object().unwrap().len(), 1, "{error}");
        (path.join("."), number.to_owned())
    });
    told.collect()
}

/// Checks that the log has the cause, in the line with the number.
async fn assert_cause_is_logged(server: &Process, number: &str, table: &str) {
    eventually("the cause is logged", || async {
        let log = server.log();
        let line = log.lines().find(|line| line.contains(number))?.to_owned();
        assert!(line.contains(table), "{line} does not name {table}");
        Some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn causes_of_internal_errors_are_in_the_log_only() {
    let Populated { stack, server, people, ids } = Populated::new().await;
    let schema = Schema::read(&people[0].client).await;
    // Each by people who may read it. Without its table no token is valid, so some requests have none.
    let mut asked: Vec<(&Person, String)> = Vec::new();
    for way in ways(&schema, &ids, 1) {
        let names: &[&str] = match way.field.as_str() {
            "viewer" => &["rita", "eve"],
            "emailSubscription" => &["holder"],
            "nodes" if !way.document.contains("on Paper ") => &[],
            "admin" => &["root"],
            _ => &["root", "nobody"],
        };
        for person in people.iter().filter(|person| names.contains(&person.name)) {
            asked.push((person, way.document.replace("$manage", &person.manage_token)));
        }
    }
    let database = stack.database().await;
    let mut failed = BTreeSet::new();
    for table in tables(&stack).await {
        if table.starts_with("sqlite_") {
            continue;
        }
        rename(&stack, &server, &database, &table, "gone").await;
        let mut numbers = Vec::new();
        for (person, document) in &asked {
            for (path, number) in wrong(&person.client.execute(document, json!({})).await) {
                failed.insert(path.rsplit('.').next().unwrap().to_owned());
                numbers.push(number);
            }
        }
        numbers.retain(|number| !number.is_empty());
        assert_eq!(numbers.is_empty(), UNREAD.contains(&table.as_str()), "{table}");
        for number in numbers.iter().take(20) {
            assert_cause_is_logged(&server, number, &table).await;
        }
        rename(&stack, &server, &database, "gone", &table).await;
    }
    // Every resolver that reads the database has failed, except those that need a token and read the same tables
    // as the token.
    for name in FAILING.split_whitespace() {
        assert!(failed.contains(name), "{name} never failed: {failed:?}");
    }
    // Everything works again.
    for (person, document) in &asked {
        let answer = person.client.execute(document, json!({})).await;
        assert!(!answer.has_errors(), "{answer}");
    }
}
