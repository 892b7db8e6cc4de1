//! Connections to Postgres that are cut, and rows that another transaction holds.

use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use serde_json::json;

use crate::support::fixtures::import_day;
use crate::support::graphql::titles;
use crate::support::journey::subscribe;
use crate::support::{Stack, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn cut_postgres_connections_are_replaced_without_an_error() {
    let stack = Stack::production().await;
    import_day(&stack, "2026-01-06", 1..4);
    let api = stack.role("api").await;
    let feed =
        "{ feed(period: \"2026-01-06\") { papers(first: 2) { nodes { title organization { name } } } } }";
    // Concurrent requests, so that there are several connections.
    let ask = || async {
        let client = api.client();
        let asked = (0..20).map(|_| client.field(feed));
        futures::future::join_all(asked).await
    };
    ask().await;
    let database = stack.database().await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    database.execute_unprepared(cut).await.unwrap();
    database.close().await.unwrap();
    for answer in ask().await {
        assert_eq!(titles(&answer["papers"])[1], "Paper 2", "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_due_subscription_that_is_locked_is_planned_right_after() {
    let stack = Stack::production().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    subscribe(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    import_day(&stack, "2026-01-07", 10..12);

    let database = stack.database().await;
    let change = database.begin().await.unwrap();
    change.execute_unprepared("SELECT id FROM subscription FOR UPDATE").await.unwrap();
    stack.advance_to("2026-01-08T08:10:00Z").await;
    eventually("the planner waits", || async {
        let waiting = "SELECT COUNT(*) FROM pg_locks JOIN pg_stat_activity USING (pid) \
                       WHERE NOT granted AND datname = current_database()";
        (stack.count(waiting).await > 0).then_some(())
    })
    .await;
    change.commit().await.unwrap();
    assert_eq!(stack.smtp.nth_to("ada@example.org", 3).await.papers().len(), 2);
}
