//! Imports over the network that an administrator starts.

use serde_json::{Value, json};

use super::{feature, stack_with_site};
use crate::support::papers_site::{Announcement, Paper};
use crate::support::socket::Socket;
use crate::support::{Client, eventually};

const START: &str = "mutation($input: StartImportInput!) { startImport(input: $input) {
    importRun { id source request path } userErrors { code field message } } }";

const RUN: &str = "query($id: ID!) { node(id: $id) { ... on ImportRun { status read created problems } } }";

async fn done(admin: &Client, id: &str) -> Value {
    eventually("the import is done", || async {
        let run = admin.field_with(RUN, json!({ "id": id })).await;
        (run["status"] == "DONE").then_some(run)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_is_started_by_mutation() {
    let (stack, site) = stack_with_site().await;
    site.add((1..=9).map(Paper::numbered));
    feature(&site, "2026-01-05", 1..4);
    site.announce("cs.CL", Announcement::on("2026-01-07").new_papers(&["2601.00004"]));
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    for (input, read, created) in [
        (json!({ "source": "HF_DAILY", "days": ["2026-01-05"] }), 3, 3),
        (json!({ "source": "ARXIV_LISTING", "categories": ["cs.CL"] }), 1, 1),
        (json!({ "source": "ARXIV_QUERY", "arxivIds": ["2601.00005"] }), 1, 1),
        (json!({ "source": "ARXIV_OAI", "set": "cs:cs:CL", "from": "2025-12-01" }), 9, 4),
    ] {
        let started = admin.mutate(START, json!({ "input": input })).await;
        assert_eq!(started.user_errors(), [""; 0], "{input}");
        assert!(started["importRun"]["request"].is_string() && started["importRun"]["path"].is_null());
        let run = done(&admin, &started.id("importRun")).await;
        assert_eq!((&run["read"], &run["created"]), (&json!(read), &json!(created)), "{input}: {run}");
    }
    assert_eq!(site.most_at_once(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_another_source_are_refused() {
    let (stack, site) = stack_with_site().await;
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    for (input, field) in [
        (json!({ "source": "HF_DAILY", "categories": ["cs.CL"] }), "categories"),
        (json!({ "source": "HF_DAILY", "days": ["2026-01-05"], "path": "a.json" }), "path"),
        (json!({ "source": "ARXIV_LISTING" }), "categories"),
        (json!({ "source": "ARXIV_LISTING", "categories": ["cs.XX"] }), "categories"),
        (json!({ "source": "ARXIV_OAI", "from": "2026-01-05", "until": "2026-01-04" }), "until"),
        (json!({ "source": "ARXIV_QUERY", "arxivIds": ["x"] }), "arxivIds"),
        (json!({ "source": "SAMPLE" }), "source"),
    ] {
        let refused = admin.mutate(START, json!({ "input": input })).await;
        assert_eq!(refused["userErrors"][0]["field"], json!(["input", field]), "{refused}");
    }
    assert_eq!(site.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_request_is_stored_and_done() {
    let (stack, site) = stack_with_site().await;
    site.add((1..=1_000).map(Paper::numbered));
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    let ids: Vec<String> = (1..=1_000).map(|number| format!("2601.{number:05}")).collect();
    let started = admin.mutate(START, json!({ "input": { "source": "ARXIV_QUERY", "arxivIds": ids } })).await;
    assert_eq!(started.user_errors(), [""; 0]);
    assert_eq!(done(&admin, &started.id("importRun")).await["created"], 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_harvest_that_is_cancelled_stops_and_begins_no_other_run() {
    let (stack, site) = stack_with_site().await;
    site.add((1..=5).map(Paper::numbered));
    site.set_page_size(2);
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    let mut hold = site.hold_at(2);
    let input = json!({ "source": "ARXIV_OAI", "set": "cs:cs:CL" });
    let id = admin.mutate(START, json!({ "input": input })).await.id("importRun");
    hold.reached().await;
    let cancel = "mutation($id: ID!) { cancelImport(id: $id) { importRun { status } userErrors { code } } }";
    assert_eq!(admin.mutate(cancel, json!({ "id": id })).await["importRun"]["status"], "CANCELLED");
    let since = server.log().len();
    hold.release();
    server.next_sweep(&stack).await;
    server.wait_for_job("import", since).await;
    assert_eq!(stack.rows("SELECT status FROM import_run").await, ["CANCELLED"]);
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 2, "what was written before stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_watch_imports() {
    let (stack, site) = stack_with_site().await;
    feature(&site, "2026-01-05", 1..4);
    let server = stack.serve().await;
    let token = stack.token("root", Some("--admin"));
    let admin = server.client_with(&token);
    let watch = "subscription { importRunChanged { status read } }";
    let mut anyone = Socket::ready(&server, None).await;
    anyone.subscribe("1", watch, json!({})).await;
    assert_eq!(anyone.hear_response().await.error_code(), Some("UNAUTHENTICATED"));
    let mut socket = Socket::ready(&server, Some(&token)).await;
    socket.subscribe("1", watch, json!({})).await;
    socket.settle().await;
    let input = json!({ "source": "HF_DAILY", "days": ["2026-01-05"] });
    admin.mutate(START, json!({ "input": input })).await;
    loop {
        let run = socket.hear_response().await.data()["importRunChanged"].clone();
        if run["status"] == "DONE" {
            assert_eq!(run["read"], 3);
            break;
        }
    }
}
