//! Making the vectors of papers: claims of workers that died, and another model.

use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;
use serde_json::Value;

use super::{ask, install_tiny_model};
use crate::support::fixtures::import_day;
use crate::support::{Stack, eventually};

/// Waits until so many papers have no vector of the model in use.
async fn until_waiting(stack: &Stack, model: &str, count: usize) {
    let expected = format!("Papers without vector {count}\n");
    eventually(&expected, || async {
        let status = stack.done(&["search", "status"]);
        (status.contains(&format!(" {model}@")) && status.contains(&expected)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_that_a_dead_worker_claimed_get_their_vectors_later() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..41);
    // As a worker leaves it that was killed.
    let database = stack.database().await;
    let claim = "UPDATE paper_embedding SET attempt = 1, claimed_until = '2026-01-07T12:10:00+00:00' \
        WHERE paper_id IN (SELECT id FROM paper WHERE arxiv_id < '2601.00011')";
    database.execute_unprepared(claim).await.unwrap();
    database.close().await.unwrap();
    install_tiny_model(&stack);
    let server = stack.serve().await;
    let client = server.client();
    until_waiting(&stack, "tiny", 10).await;
    server.next_sweep(&stack).await;
    until_waiting(&stack, "tiny", 10).await;
    stack.advance(TimeDelta::minutes(10)).await;
    server.wait_for_sweep(stack.now()).await;
    until_waiting(&stack, "tiny", 0).await;
    eventually("all are found by meaning", || async {
        (ask(&client, "graph", "SEMANTIC", Value::Null).await.edges.len() == 40).then_some(())
    })
    .await;
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper_embedding WHERE claimed_until IS NOT NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_takes_over_when_an_administrator_says_so() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..21);
    install_tiny_model(&stack);
    let server = stack.serve().await;
    until_waiting(&stack, "tiny", 0).await;
    // A model that is only installed changes nothing.
    std::fs::rename(stack.path("data/models/tiny"), stack.path("data/models/other")).unwrap();
    assert!(server.stop().success());
    let server = stack.serve().await;
    server.next_sweep(&stack).await;
    assert!(server.log().contains("another model is in use"), "{}", server.log());
    until_waiting(&stack, "tiny", 0).await;
    assert!(stack.done(&["model", "use", "other"]).contains("again"));
    until_waiting(&stack, "other", 20).await;
    server.next_sweep(&stack).await;
    until_waiting(&stack, "other", 0).await;
    eventually("all are found by meaning", || async {
        (ask(&server.client(), "graph", "SEMANTIC", Value::Null).await.edges.len() == 20).then_some(())
    })
    .await;
}
