//! Imports that an administrator starts and cancels, and a worker runs.

mod interrupted;
mod production;

use serde_json::{Value, json};

use crate::support::fixtures::{item, items};
use crate::support::graphql::Payload;
use crate::support::{Client, Stack, eventually};

const START: &str = "mutation($input: StartImportInput!) { startImport(input: $input) {
    importRun { id source status finishedAt } userErrors { code field message } } }";

const CANCEL: &str = "mutation($id: ID!) { cancelImport(id: $id) {
    importRun { status finishedAt } userErrors { code field } } }";

const RUN: &str = "query($id: ID!) { node(id: $id) { ... on ImportRun {
    status read created updated unchanged rejected problems finishedAt } } }";

/// Papers of several batches; an import of them is held after the first.
const SEVERAL_BATCHES: std::ops::Range<u32> = 1..1_600;

/// Writes a file below the import directory.
fn put(stack: &Stack, name: &str, items: &[Value]) {
    let path = stack.path("data/import").join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, serde_json::to_vec(items).unwrap()).unwrap();
}

async fn start(admin: &Client, input: Value) -> Payload {
    admin.mutate(START, json!({ "input": input })).await
}

async fn run(admin: &Client, id: &str) -> Value {
    admin.field_with(RUN, json!({ "id": id })).await
}

/// The run with this identifier, once it has this status.
async fn wait_for_status(admin: &Client, id: &str, status: &str) -> Value {
    eventually(status, || async {
        let run = run(admin, id).await;
        (run["status"] == status).then_some(run)
    })
    .await
}

/// The run with this identifier, once something of it was read.
async fn wait_for_first_batch(admin: &Client, id: &str) {
    eventually("a batch is written", || async { (run(admin, id).await["read"] != 0).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_runs_a_started_import() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    let mut day = items(1..4);
    day.push(json!("refused"));
    put(&stack, "days/2026-01-06.json", &day);
    put(&stack, "days/2026-01-05.json", &[item(9, 1)]);
    put(&stack, "days/notes.txt", &[item(10, 1)]);
    let input = json!({ "source": "HF_DAILY", "path": "days", "idempotencyKey": "first" });
    let started = start(&admin, input.clone()).await;
    assert_eq!(started["importRun"]["source"], "HF_DAILY", "{started}");
    let id = started.id("importRun");
    let done = wait_for_status(&admin, &id, "DONE").await;
    let counts =
        ["read", "created", "updated", "unchanged", "rejected"].map(|name| done[name].as_i64().unwrap());
    assert_eq!(counts, [5, 4, 0, 0, 1]);
    assert!(done["finishedAt"].is_string());
    let reason = "2026-01-06.json, item 4: text that is neither JSON nor a Python literal";
    assert_eq!(done["problems"], json!([reason]));
    let feed = server.client().field("{ feed(period: \"2026-01-06\") { papers { totalCount } } }").await;
    assert_eq!(feed["papers"]["totalCount"], 3);

    // The same request again returns the first run, even without the files; a new request finds nothing new.
    std::fs::rename(stack.path("data/import/days"), stack.path("data/import/gone")).unwrap();
    assert_eq!(start(&admin, input).await.id("importRun"), id);
    std::fs::rename(stack.path("data/import/gone"), stack.path("data/import/days")).unwrap();
    let again = start(&admin, json!({ "source": "HF_DAILY", "path": "./days/2026-01-06.json" })).await;
    assert_ne!(again.id("importRun"), id);
    let done = wait_for_status(&admin, &again.id("importRun"), "DONE").await;
    assert_eq!((&done["unchanged"], &done["created"]), (&json!(3), &json!(0)));
    let actions = "SELECT action || ' ' || detail FROM audit_entry WHERE actor_id IS NOT NULL ORDER BY id";
    assert_eq!(
        stack.rows(actions).await,
        [r#"startImport {"path":"days"}"#, r#"startImport {"path":"./days/2026-01-06.json"}"#]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_read_the_import_directory_only() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    let missing = start(&admin, json!({ "source": "HF_DAILY", "path": "2026-01-06.json" })).await;
    assert_eq!(missing.user_errors(), ["NOT_FOUND input.path"], "there is no import directory yet");
    put(&stack, "2026-01-06.json", &items(1..3));
    put(&stack, "linked/2026-01-05.json", &items(1..3));
    std::fs::create_dir(stack.path("data/import/empty")).unwrap();
    std::fs::create_dir(stack.path("outside")).unwrap();
    std::fs::write(stack.path("outside/2026-01-06.json"), "[]").unwrap();
    let link = |to: &str, from: &str| {
        std::os::unix::fs::symlink(stack.path(to), stack.path("data/import").join(from)).unwrap();
    };
    link("outside", "folder");
    link("outside/2026-01-06.json", "file.json");
    link("outside/2026-01-06.json", "linked/2026-01-06.json");
    let outside = stack.path("outside/2026-01-06.json");
    for (path, problem) in [
        (json!(null), "REQUIRED input.path"),
        (json!("  "), "REQUIRED input.path"),
        (json!("x".repeat(1001)), "TOO_LONG input.path"),
        (json!("../outside/2026-01-06.json"), "INVALID input.path"),
        (json!("empty/../../outside"), "INVALID input.path"),
        (json!(outside), "INVALID input.path"),
        (json!("/etc/passwd"), "INVALID input.path"),
        (json!("nowhere.json"), "NOT_FOUND input.path"),
        (json!("folder"), "NOT_FOUND input.path"),
        (json!("file.json"), "NOT_FOUND input.path"),
        (json!("linked"), "NOT_FOUND input.path"),
        (json!("empty"), "INVALID input.path"),
    ] {
        let answer = start(&admin, json!({ "source": "HF_DAILY", "path": path })).await;
        assert_eq!(answer.user_errors(), [problem], "{path}");
        assert!(answer["importRun"].is_null());
        let said = answer.error_message();
        assert!(!said.contains(stack.path("data").to_str().unwrap()), "{said}");
    }
    let sample = start(&admin, json!({ "source": "SAMPLE", "path": "2026-01-06.json" })).await;
    assert_eq!(sample.user_errors(), ["INVALID input.source"]);
    assert_eq!(stack.count("SELECT COUNT(*) FROM import_run").await, 0);
    assert_eq!(stack.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'startImport'").await, 0);
}
