//! Metrics of the processes of a deployment with several roles.

use serde_json::json;

use crate::support::journey::ask;
use crate::support::{Stack, eventually};

use super::{metrics_url, scrape, value};

#[tokio::test(flavor = "multi_thread")]
async fn each_role_serves_its_own_metrics() {
    let stack = Stack::production().await;
    stack.set("METRICS_LISTEN", "127.0.0.1:0");
    let (api, worker) = (stack.role("api").await, stack.role("worker").await);
    assert_ne!(metrics_url(&api), metrics_url(&worker));
    ask(&stack, &api.client(), json!({ "email": "ada@example.org" })).await;
    let sent = r#"daily_papers_deliveries_total{kind="confirmation",status="sent"}"#;
    eventually("the worker counts", || async {
        (value(&scrape(&worker).await, sent) == Some(1.0)).then_some(())
    })
    .await;
    let (of_api, of_worker) = (scrape(&api).await, scrape(&worker).await);
    assert_eq!(value(&of_api, sent), Some(0.0));
    assert!(
        of_api.contains("daily_papers_http_requests_total{") && !of_api.contains("daily_papers_jobs_total")
    );
    assert!(
        !of_worker.contains("daily_papers_http_requests_total")
            && of_worker.contains("daily_papers_jobs_total{")
    );
    // Both report the values of the database.
    for text in [of_api, of_worker] {
        assert_eq!(value(&text, "daily_papers_database_up"), Some(1.0), "{text}");
        assert!(value(&text, "daily_papers_workers").is_some(), "{text}");
    }
}
