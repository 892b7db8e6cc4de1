//! Imports that an administrator starts and cancels, and a worker does.

use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::fixtures::{item, items};
use crate::support::graphql::{Payload, nodes};
use crate::support::{Client, Stack, eventually};

const START: &str = "mutation($input: StartImportInput!) { startImport(input: $input) {
    importRun { id source status finishedAt } userErrors { code field message } } }";

const CANCEL: &str = "mutation($id: ID!) { cancelImport(id: $id) {
    importRun { status finishedAt } userErrors { code field } } }";

const RUN: &str = "query($id: ID!) { node(id: $id) { ... on ImportRun {
    status read created updated unchanged rejected problems finishedAt } } }";

/// Papers of several batches; an import of them is held after the first.
const MANY: std::ops::Range<u32> = 1..1_600;

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
async fn once(admin: &Client, id: &str, status: &str) -> Value {
    eventually(status, || async {
        let run = run(admin, id).await;
        (run["status"] == status).then_some(run)
    })
    .await
}

/// The run with this identifier, once something of it was read.
async fn under_way(admin: &Client, id: &str) {
    eventually("a batch", || async { (run(admin, id).await["read"] != 0).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_runs_a_started_import() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let admin = server.client_with(&stack.token("root", Some("--admin")));
    let mut day = items(1..4);
    day.push(json!("refused"));
    put(&stack, "days/2026-01-06.json", &day);
    put(&stack, "days/2026-01-05.json", &[item(9, 1)]);
    put(&stack, "days/notes.txt", &[item(10, 1)]);
    let input = json!({ "source": "HF_DAILY", "path": "days", "idempotencyKey": "first" });
    let started = start(&admin, input.clone()).await;
    assert_eq!(started["importRun"]["source"], "HF_DAILY", "{started}");
    let id = started.id("importRun");
    let done = once(&admin, &id, "DONE").await;
    let counts =
        ["read", "created", "updated", "unchanged", "rejected"].map(|name| done[name].as_i64().unwrap());
    assert_eq!(counts, [5, 4, 0, 0, 1]);
    assert!(done["finishedAt"].is_string());
    let reason = "2026-01-06.json, item 4: text that is neither JSON nor a Python literal";
    assert_eq!(done["problems"], json!([reason]));
    let feed = server.client().field("{ feed(period: \"2026-01-06\") { papers { totalCount } } }").await;
    assert_eq!(feed["papers"]["totalCount"], 3);

    // The same request again is the first one, whatever became of the files; a new one finds that nothing is new.
    std::fs::rename(stack.path("data/import/days"), stack.path("data/import/gone")).unwrap();
    assert_eq!(start(&admin, input).await.id("importRun"), id);
    std::fs::rename(stack.path("data/import/gone"), stack.path("data/import/days")).unwrap();
    let again = start(&admin, json!({ "source": "HF_DAILY", "path": "./days/2026-01-06.json" })).await;
    assert_ne!(again.id("importRun"), id);
    let done = once(&admin, &again.id("importRun"), "DONE").await;
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
    let admin = server.client_with(&stack.token("root", Some("--admin")));
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

#[tokio::test(flavor = "multi_thread")]
async fn an_import_continues_after_its_worker_was_killed() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let token = stack.token("root", Some("--admin"));
    let admin = server.client_with(&token);
    put(&stack, "2026-01-06.json", &items(MANY));
    stack.hold_imports();
    let order = json!({ "source": "HF_DAILY", "path": "2026-01-06.json" });
    let started = start(&admin, order.clone()).await;
    let id = started.id("importRun");
    under_way(&admin, &id).await;
    // Whoever orders the same again meanwhile is shown what is under way.
    assert_eq!(start(&admin, order).await.id("importRun"), id);
    server.kill();
    let read = stack.count("SELECT read FROM import_run").await;
    let all = i64::from(MANY.end - MANY.start);
    assert_eq!(read, 500, "it is held after its first batch");

    stack.let_imports_go();
    let server = stack.serve().await;
    let admin = server.client_with(&token);
    assert_eq!(run(&admin, &id).await["status"], "RUNNING");
    stack.advance(TimeDelta::minutes(3)).await;
    let done = once(&admin, &id, "DONE").await;
    let counts =
        ["read", "created", "updated", "unchanged", "rejected"].map(|name| done[name].as_i64().unwrap());
    assert_eq!(counts, [all, all, 0, 0, 0]);
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_worker_hands_over_its_import() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let token = stack.token("root", Some("--admin"));
    let admin = server.client_with(&token);
    put(&stack, "2026-01-06.json", &items(MANY));
    stack.hold_imports();
    let started = start(&admin, json!({ "source": "HF_DAILY", "path": "2026-01-06.json" })).await;
    under_way(&admin, &started.id("importRun")).await;
    assert!(server.stop().success());
    let rest = stack.rows("SELECT status FROM import_run WHERE lease_until IS NULL").await;
    assert_eq!(rest, ["RUNNING"]);
    stack.let_imports_go();
    // The clock stands still: the next one does not wait for a lease to end.
    let server = stack.serve().await;
    let done = once(&server.client_with(&token), &started.id("importRun"), "DONE").await;
    assert_eq!(done["created"], MANY.end - MANY.start);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_always_fails_is_given_up() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let admin = server.client_with(&stack.token("root", Some("--admin")));
    put(&stack, "2026-01-06.json", &items(1..4));
    let database = stack.database().await;
    database.execute_unprepared("ALTER TABLE keyword RENAME TO keyword_gone").await.unwrap();
    database.close().await.unwrap();
    let started = start(&admin, json!({ "source": "HF_DAILY", "path": "2026-01-06.json" })).await;
    let failed = once(&admin, &started.id("importRun"), "FAILED").await;
    let reason = "2026-01-06.json: could not be imported; the worker's log has the reason";
    assert_eq!(failed["problems"], json!([reason]));
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 0);
    assert!(server.log().contains("import failed"), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_of_workers_and_of_the_command_line_can_be_cancelled() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let admin = server.client_with(&stack.token("root", Some("--admin")));
    put(&stack, "2026-01-06.json", &items(MANY));
    stack.hold_imports();
    let started = start(&admin, json!({ "source": "HF_DAILY", "path": "2026-01-06.json" })).await;
    let id = started.id("importRun");
    under_way(&admin, &id).await;
    for _ in 0..2 {
        let cancelled = admin.mutate(CANCEL, json!({ "id": id })).await;
        assert_eq!(cancelled["importRun"]["status"], "CANCELLED", "{cancelled}");
        assert!(cancelled["importRun"]["finishedAt"].is_string());
    }
    // Nothing more comes in: the next batch is lost with its transaction.
    stack.let_imports_go();
    eventually("the worker has seen it", || async {
        server.log().contains("import abandoned").then_some(())
    })
    .await;
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 500);
    assert_eq!(run(&admin, &id).await["created"], 500);

    // One of the command line ends with an error.
    stack.hold_imports();
    let file = stack.path("data/import/2026-01-06.json");
    let mut command = stack.command(["import", "hf-daily", file.to_str().unwrap()]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let runs = "{ admin { importRuns(first: 1) { nodes { id status } } } }";
    let second = eventually("the second run", || async {
        let newest = nodes(&admin.field(runs).await["importRuns"])[0].clone();
        (newest["status"] == "RUNNING").then(|| newest["id"].clone())
    })
    .await;
    admin.ok(CANCEL, json!({ "id": second })).await;
    stack.let_imports_go();
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("An administrator has cancelled import run 2."), "{said}");
    assert_eq!(stack.count("SELECT COUNT(*) FROM import_run WHERE status = 'CANCELLED'").await, 2);

    put(&stack, "2026-01-07.json", &items(1..3));
    let short = start(&admin, json!({ "source": "HF_DAILY", "path": "2026-01-07.json" })).await;
    let short = short.id("importRun");
    once(&admin, &short, "DONE").await;
    for (id, problem) in [(short.as_str(), "CONFLICT id"), ("nonsense", "NOT_FOUND id")] {
        let answer = admin.mutate(CANCEL, json!({ "id": id })).await;
        assert_eq!(answer.user_errors(), [problem]);
    }
}

mod production {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn files_changed_after_the_start_are_not_imported() {
        let stack = Stack::production().await;
        let api = stack.role("api").await;
        let admin = api.client_with(&stack.token("root", Some("--admin")));
        let mut started = Vec::new();
        for name in ["changed", "gone", "kept", "cancelled"] {
            put(&stack, &format!("{name}/2026-01-06.json"), &[item(1, 1)]);
            let run = start(&admin, json!({ "source": "HF_DAILY", "path": name })).await;
            started.push(run.id("importRun"));
        }
        put(&stack, "changed/2026-01-06.json", &items(1..5));
        std::fs::remove_dir_all(stack.path("data/import/gone")).unwrap();
        admin.ok(CANCEL, json!({ "id": started[3] })).await;
        let _worker = stack.role("worker").await;
        let changed = once(&admin, &started[0], "FAILED").await;
        let reason = "changed: changed after the import was started; start a new import";
        assert_eq!(changed["problems"], json!([reason]));
        let gone = once(&admin, &started[1], "FAILED").await;
        let reason = r#"gone: cannot be read by the worker: The import directory contains no "gone"."#;
        assert_eq!(gone["problems"], json!([reason]));
        assert_eq!(once(&admin, &started[2], "DONE").await["created"], 1);
        assert_eq!(run(&admin, &started[3]).await["status"], "CANCELLED");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn two_workers_run_each_import_once() {
        let stack = Stack::production().await;
        let api = stack.role("api").await;
        let admin = api.client_with(&stack.token("root", Some("--admin")));
        let mut started = Vec::new();
        for number in 1..9 {
            put(&stack, &format!("{number}/2026-01-06.json"), &items(number * 1000..number * 1000 + 600));
            let run = start(&admin, json!({ "source": "HF_DAILY", "path": number.to_string() })).await;
            started.push(run.id("importRun"));
        }
        let _workers = [stack.role("worker").await, stack.role("worker").await];
        for id in &started {
            let done = once(&admin, &id, "DONE").await;
            assert_eq!((&done["read"], &done["created"]), (&json!(600), &json!(600)));
        }
    }
}
