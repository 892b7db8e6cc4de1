//! Several workers at once: each digest is sent once, even if a worker is killed or digests are paused.

use chrono::TimeDelta;
use serde_json::json;

use super::digests;
use crate::support::fixtures::import_day;
use crate::support::journey::{ask, subscribe, subscribers};
use crate::support::{Reaction, Stack, Step, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_and_two_api_processes_send_each_digest_once() {
    let stack = Stack::production().await;
    import_day(&stack, "2026-01-06", 1..16);
    let apis = [stack.role("api").await, stack.role("api").await];
    let workers = [stack.role("worker").await, stack.role("worker").await];
    let subscribers: Vec<String> = (0..40).map(|number| format!("a{number}@example.org")).collect();
    let stack = std::sync::Arc::new(stack);
    let mut tasks = Vec::new();
    for (number, email) in subscribers.iter().enumerate() {
        // Requested at one process, confirmed at the other.
        let (one, other) = (apis[number % 2].client(), apis[(number + 1) % 2].client());
        let (stack, email) = (stack.clone(), email.clone());
        tasks.push(tokio::spawn(async move {
            let mail = ask(&stack, &one, json!({ "email": email })).await;
            crate::support::journey::confirm(&other, &mail).await;
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    for email in &subscribers {
        stack.smtp.nth_to(email, 2).await;
    }
    import_day(&stack, "2026-01-07", 20..24);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    for email in &subscribers {
        assert_eq!(stack.smtp.nth_to(email, 3).await.papers().len(), 4);
    }
    for worker in &workers {
        worker.wait_for_sweep(stack.now()).await;
    }
    let counts = digests(&stack);
    assert!(counts.len() == 40 && counts.values().all(|&count| count == 2), "{counts:?}");
    // Both sent some of them.
    for worker in &workers {
        assert!(worker.log().contains(": sent to="), "{}", worker.log());
    }
    for process in apis.iter().chain(&workers) {
        assert!(process.stop().success(), "{}", process.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_worker_takes_over_from_a_killed_one() {
    let stack = Stack::production().await;
    import_day(&stack, "2026-01-06", 1..16);
    let api = stack.role("api").await;
    let worker = stack.role("worker").await;
    let client = api.client();
    let subscribers = subscribers(&stack, &client, 10).await;
    import_day(&stack, "2026-01-07", 20..24);
    stack.smtp.script(|step| if matches!(step, Step::Data(_)) { Reaction::Hold } else { Reaction::Take });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    eventually("deliveries are in flight", || async {
        (stack.count("SELECT COUNT(*) FROM delivery WHERE status = 'SENDING'").await > 0).then_some(())
    })
    .await;
    worker.kill();
    stack.smtp.take_all();
    let other = stack.role("worker").await;
    stack.set_clock(stack.now() + TimeDelta::minutes(16));
    for email in &subscribers {
        stack.smtp.nth_to(email, 3).await;
    }
    other.wait_for_sweep(stack.now()).await;
    // None had reached its final dot, so none is sent twice.
    assert!(digests(&stack).values().all(|&count| count == 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_stops_deliveries_in_flight_of_every_worker() {
    let stack = Stack::production().await;
    import_day(&stack, "2026-01-06", 1..4);
    let api = stack.role("api").await;
    let admin = api.admin(&stack);
    let _workers = [stack.role("worker").await, stack.role("worker").await];
    let subscribers = subscribers(&stack, &api.client(), 6).await;
    import_day(&stack, "2026-01-07", 10..12);
    stack.smtp.script(|step| if matches!(step, Step::Rcpt(_)) { Reaction::Hold } else { Reaction::Take });
    stack.set_clock("2026-01-08T08:10:00Z".parse().unwrap());
    let sending = "SELECT COUNT(*) FROM delivery WHERE status = 'SENDING'";
    eventually("the deliveries are in flight", || async { (stack.count(sending).await == 6).then_some(()) })
        .await;
    admin.get("mutation { pauseSending(reason: \"stop\") { userErrors { code } } }").await;
    stack.wait_for_claim_checks().await;
    stack.smtp.take_all();
    stack.smtp.go_on();
    eventually("the deliveries are released", || async { (stack.count(sending).await == 0).then_some(()) })
        .await;
    assert_eq!(stack.smtp.mails().len(), 12);
    admin.get("mutation { resumeSending { userErrors { code } } }").await;
    for email in &subscribers {
        stack.smtp.nth_to(email, 3).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_works_on_postgres_without_redis() {
    let stack = Stack::production().await;
    stack.set("REDIS_URL", "");
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    subscribe(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 2).await.papers().len(), 3);
}
