//! Metrics of mail: deliveries, jobs, SMTP replies, and the queue.

use chrono::TimeDelta;
use serde_json::json;

use super::{scrape, stack_with_metrics, value, wait_for_value};
use crate::support::fixtures::{import_day, open_circuits};
use crate::support::journey::{SUBSCRIBE, ask, subscribe};
use crate::support::{Reaction, Step, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_jobs_and_smtp_replies_are_counted() {
    let stack = stack_with_metrics().await;
    let server = stack.serve().await;
    ask(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    wait_for_value(&server, r#"daily_papers_deliveries_total{kind="confirmation",status="sent"}"#, 1.0).await;
    let done = r#"daily_papers_jobs_total{name="send-transactional",outcome="done"}"#;
    eventually("the job is counted", || async {
        (value(&scrape(&server).await, done)? >= 1.0).then_some(())
    })
    .await;
    let text = scrape(&server).await;
    for (series, expected) in [
        (r#"daily_papers_smtp_replies_total{class="2xx"}"#, 1.0),
        (r#"daily_papers_smtp_replies_total{class="5xx"}"#, 0.0),
        (r#"daily_papers_delivery_attempt_duration_seconds_count{kind="confirmation"}"#, 1.0),
        (r#"daily_papers_jobs_total{name="send-transactional",outcome="failed"}"#, 0.0),
    ] {
        assert_eq!(value(&text, series), Some(expected), "{series} in:\n{text}");
    }
    for access in ["read", "write"] {
        let executed =
            format!("daily_papers_database_statement_duration_seconds_count{{access=\"{access}\"}}");
        assert!(value(&text, &executed).unwrap() > 0.0, "{text}");
        let waited = format!("daily_papers_database_connection_wait_seconds_count{{access=\"{access}\"}}");
        assert!(value(&text, &waited).unwrap() > 0.0, "{text}");
    }
    assert!(!text.contains("example.org") && !text.contains("ada"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn queue_depth_is_measured() {
    let stack = stack_with_metrics().await;
    let server = stack.serve().await;
    wait_for_value(&server, r#"daily_papers_queue_due_deliveries{lane="transactional"}"#, 0.0).await;
    stack.smtp.script(|step| match step {
        Step::Rcpt(_) => Reaction::Say("451 4.3.0 not now"),
        _ => Reaction::Take,
    });
    server.client().ok(SUBSCRIBE, json!({ "input": { "email": "ada@example.org" } })).await;
    wait_for_value(&server, r#"daily_papers_deliveries_total{kind="confirmation",status="deferred"}"#, 1.0)
        .await;
    wait_for_value(&server, r#"daily_papers_smtp_replies_total{class="4xx"}"#, 1.0).await;
    wait_for_value(&server, r#"daily_papers_queue_waiting_deliveries{lane="transactional"}"#, 1.0).await;
    wait_for_value(&server, r#"daily_papers_queue_due_deliveries{lane="transactional"}"#, 0.0).await;
    wait_for_value(&server, "daily_papers_workers", 1.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_age_of_the_oldest_due_delivery_is_measured() {
    let stack = stack_with_metrics().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    subscribe(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    admin.get("mutation { pauseSending(reason: \"stop\") { userErrors { code } } }").await;
    import_day(&stack, "2026-01-07", 10..12);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    wait_for_value(&server, r#"daily_papers_queue_due_deliveries{lane="digests"}"#, 1.0).await;
    stack.advance(TimeDelta::minutes(10)).await;
    let age = eventually("the digest has the expected age", || async {
        let age =
            value(&scrape(&server).await, r#"daily_papers_queue_oldest_due_age_seconds{lane="digests"}"#);
        age.filter(|age| *age >= 600.0)
    })
    .await;
    assert!(age < 3_600.0, "{age}");
    let text = scrape(&server).await;
    for (series, expected) in [
        (r#"daily_papers_queue_waiting_deliveries{lane="digests"}"#, 1.0),
        (r#"daily_papers_queue_oldest_due_age_seconds{lane="transactional"}"#, 0.0),
        (r#"daily_papers_circuits_open{scope="all"}"#, 0.0),
        (r#"daily_papers_deliveries_total{kind="digest",status="sent"}"#, 1.0),
        ("daily_papers_database_up", 1.0),
    ] {
        assert_eq!(value(&text, series), Some(expected), "{series} in:\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn circuits_closed_by_an_administrator_are_counted() {
    const LATER: &str = "2099-01-01T00:00:00";
    let stack = stack_with_metrics().await;
    let server = stack.serve().await;
    let closed =
        |scope: &str| format!("daily_papers_circuit_transitions_total{{scope=\"{scope}\",to=\"closed\"}}");
    for scope in ["all", "domain"] {
        wait_for_value(&server, &closed(scope), 0.0).await;
    }
    open_circuits(&stack, &[("*", LATER), ("a.example", LATER), ("b.example", LATER)]).await;
    let admin = server.admin(&stack);
    let resume = "mutation { resumeSending { sending { openCircuits } } }";
    admin.get(resume).await;
    let counted = |text: &str| (value(text, &closed("all")), value(text, &closed("domain")));
    assert_eq!(counted(&scrape(&server).await), (Some(1.0), Some(2.0)));
    // They are closed already, and are counted once.
    admin.get(resume).await;
    assert_eq!(counted(&scrape(&server).await), (Some(1.0), Some(2.0)));
}
