//! Imports that are started at one process and run by workers.

use serde_json::json;

use super::{CANCEL, put, run, start, wait_for_status};
use crate::support::Stack;
use crate::support::fixtures::{item, items};

#[tokio::test(flavor = "multi_thread")]
async fn files_changed_after_the_start_are_not_imported() {
    let stack = Stack::production().await;
    let api = stack.role("api").await;
    let admin = api.admin(&stack);
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
    let changed = wait_for_status(&admin, &started[0], "FAILED").await;
    let reason = "changed: changed after the import was started; start a new import";
    assert_eq!(changed["problems"], json!([reason]));
    let gone = wait_for_status(&admin, &started[1], "FAILED").await;
    let reason = r#"gone: cannot be read by the worker: The import directory contains no "gone"."#;
    assert_eq!(gone["problems"], json!([reason]));
    assert_eq!(wait_for_status(&admin, &started[2], "DONE").await["created"], 1);
    assert_eq!(run(&admin, &started[3]).await["status"], "CANCELLED");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_run_each_import_once() {
    let stack = Stack::production().await;
    let api = stack.role("api").await;
    let admin = api.admin(&stack);
    let mut started = Vec::new();
    for number in 1..9 {
        put(&stack, &format!("{number}/2026-01-06.json"), &items(number * 1000..number * 1000 + 600));
        let run = start(&admin, json!({ "source": "HF_DAILY", "path": number.to_string() })).await;
        started.push(run.id("importRun"));
    }
    let _workers = [stack.role("worker").await, stack.role("worker").await];
    for id in &started {
        let done = wait_for_status(&admin, id, "DONE").await;
        assert_eq!((&done["read"], &done["created"]), (&json!(600), &json!(600)));
    }
}
