//! Imports that are interrupted: their worker killed or stopped, or they fail or are cancelled.

use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::{CANCEL, SEVERAL_BATCHES, put, run, start, wait_for_first_batch, wait_for_status};
use crate::support::fixtures::items;
use crate::support::graphql::nodes;
use crate::support::{Stack, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn an_import_continues_after_its_worker_was_killed() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let token = stack.token("root", Some("--admin"));
    let admin = server.client_with(&token);
    put(&stack, "2026-01-06.json", &items(SEVERAL_BATCHES));
    stack.hold_imports();
    let order = json!({ "source": "HF_DAILY", "path": "2026-01-06.json" });
    let started = start(&admin, order.clone()).await;
    let id = started.id("importRun");
    wait_for_first_batch(&admin, &id).await;
    // The same request meanwhile returns the running import.
    assert_eq!(start(&admin, order).await.id("importRun"), id);
    server.kill();
    let read = stack.count("SELECT read FROM import_run").await;
    let all = i64::from(SEVERAL_BATCHES.end - SEVERAL_BATCHES.start);
    assert_eq!(read, 500, "the import waits after its first batch");

    stack.release_imports();
    let server = stack.serve().await;
    let admin = server.client_with(&token);
    assert_eq!(run(&admin, &id).await["status"], "RUNNING");
    stack.advance(TimeDelta::minutes(3)).await;
    let done = wait_for_status(&admin, &id, "DONE").await;
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
    put(&stack, "2026-01-06.json", &items(SEVERAL_BATCHES));
    stack.hold_imports();
    let started = start(&admin, json!({ "source": "HF_DAILY", "path": "2026-01-06.json" })).await;
    wait_for_first_batch(&admin, &started.id("importRun")).await;
    assert!(server.stop().success());
    let rest = stack.rows("SELECT status FROM import_run WHERE lease_until IS NULL").await;
    assert_eq!(rest, ["RUNNING"]);
    stack.release_imports();
    // The clock stands still: the next worker does not wait for the lease to expire.
    let server = stack.serve().await;
    let done = wait_for_status(&server.client_with(&token), &started.id("importRun"), "DONE").await;
    assert_eq!(done["created"], SEVERAL_BATCHES.end - SEVERAL_BATCHES.start);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_always_fails_is_given_up() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    put(&stack, "2026-01-06.json", &items(1..4));
    let database = stack.database().await;
    database.execute_unprepared("ALTER TABLE keyword RENAME TO keyword_gone").await.unwrap();
    database.close().await.unwrap();
    let started = start(&admin, json!({ "source": "HF_DAILY", "path": "2026-01-06.json" })).await;
    let failed = wait_for_status(&admin, &started.id("importRun"), "FAILED").await;
    let reason = "2026-01-06.json: could not be imported; the worker's log has the reason";
    assert_eq!(failed["problems"], json!([reason]));
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 0);
    assert!(server.log().contains("import failed"), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_of_workers_and_of_the_command_line_can_be_cancelled() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    put(&stack, "2026-01-06.json", &items(SEVERAL_BATCHES));
    stack.hold_imports();
    let started = start(&admin, json!({ "source": "HF_DAILY", "path": "2026-01-06.json" })).await;
    let id = started.id("importRun");
    wait_for_first_batch(&admin, &id).await;
    for _ in 0..2 {
        let cancelled = admin.mutate(CANCEL, json!({ "id": id })).await;
        assert_eq!(cancelled["importRun"]["status"], "CANCELLED", "{cancelled}");
        assert!(cancelled["importRun"]["finishedAt"].is_string());
    }
    // No more papers are written: the transaction of the next batch is rolled back.
    stack.release_imports();
    eventually("the worker has noticed", || async {
        server.log().contains("import abandoned").then_some(())
    })
    .await;
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 500);
    assert_eq!(run(&admin, &id).await["created"], 500);

    // An import of the command line ends with an error.
    stack.hold_imports();
    let file = stack.path("data/import/2026-01-06.json");
    let mut command = stack.command(["import", "hf-daily", file.to_str().unwrap()]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let runs = "{ admin { importRuns(first: 1) { nodes { id status } } } }";
    let second = eventually("the second run has started", || async {
        let newest = nodes(&admin.field(runs).await["importRuns"])[0].clone();
        (newest["status"] == "RUNNING").then(|| newest["id"].clone())
    })
    .await;
    admin.ok(CANCEL, json!({ "id": second })).await;
    stack.release_imports();
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("An administrator has cancelled import run 2."), "{said}");
    assert_eq!(stack.count("SELECT COUNT(*) FROM import_run WHERE status = 'CANCELLED'").await, 2);

    put(&stack, "2026-01-07.json", &items(1..3));
    let short = start(&admin, json!({ "source": "HF_DAILY", "path": "2026-01-07.json" })).await;
    let short = short.id("importRun");
    wait_for_status(&admin, &short, "DONE").await;
    for (id, problem) in [(short.as_str(), "CONFLICT id"), ("nonsense", "NOT_FOUND id")] {
        let answer = admin.mutate(CANCEL, json!({ "id": id })).await;
        assert_eq!(answer.user_errors(), [problem]);
    }
}
