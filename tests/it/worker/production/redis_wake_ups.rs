//! Wake-ups and events over Redis, and the same without Redis.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::json;

use super::digests;
use crate::support::fixtures::import_day;
use crate::support::journey::{SUBSCRIBE, ask, create_paper, feature, subscribers};
use crate::support::socket::Socket;
use crate::support::stack::Backend;
use crate::support::{Reaction, Stack, Step, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_leaves_at_once_with_redis() {
    let stack = Stack::production().await;
    let api = stack.role("api").await;
    let _worker = stack.role("worker").await;
    let client = api.client();
    // The first one may meet a worker that is still starting.
    ask(&stack, &client, json!({ "email": "first@example.org" })).await;
    let mut waits = Vec::new();
    for number in 0..20 {
        let email = format!("a{number}@example.org");
        let committed = {
            client.ok(SUBSCRIBE, json!({ "input": { "email": email } })).await;
            Instant::now()
        };
        let mail = stack.smtp.nth_to(&email, 1).await;
        waits.push(mail.at.saturating_duration_since(committed));
    }
    waits.sort();
    let p95 = waits[18];
    assert!(p95 < Duration::from_secs(2), "{waits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_a_confirmation_leaves_within_seventy_seconds() {
    let stack = Stack::production().await;
    // No server listens there.
    stack.set("REDIS_URL", "redis://127.0.0.1:1/0");
    let api = stack.role("api").await;
    let worker = stack.role("worker").await;
    eventually("the worker has started", || async {
        worker.log().contains("no wake-ups from Redis").then_some(())
    })
    .await;
    let client = api.client();
    for number in 0..5 {
        client.ok(SUBSCRIBE, json!({ "input": { "email": format!("a{number}@example.org") } })).await;
    }
    let is_lost =
        |log: &str| log.contains("Redis refused a wake-up") || log.contains("Redis does not respond");
    eventually("the wake-up is lost", || async { is_lost(&api.log()).then_some(()) }).await;
    assert_eq!(stack.smtp.mails().len(), 0);
    stack.advance(TimeDelta::seconds(61)).await;
    for number in 0..5 {
        stack.smtp.nth_to(&format!("a{number}@example.org"), 1).await;
    }
    assert!(worker.stop().success());
    assert!(api.stop().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_flushed_in_the_middle_loses_nothing() {
    let stack = Stack::production().await;
    import_day(&stack, "2026-01-06", 1..16);
    let api = stack.role("api").await;
    let workers = [stack.role("worker").await, stack.role("worker").await];
    let client = api.client();
    let subscribers = subscribers(&stack, &client, 30).await;
    import_day(&stack, "2026-01-07", 20..24);
    // A slow server, so that the flush comes in the middle.
    stack.smtp.script(|step| match step {
        Step::Mail(_) => Reaction::After(Duration::from_millis(20)),
        _ => Reaction::Take,
    });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    eventually("some digests are sent", || async {
        (digests(&stack).values().filter(|&&count| count == 2).count() > 3).then_some(())
    })
    .await;
    stack.flush_redis();
    client.ok(SUBSCRIBE, json!({ "input": { "email": "late@example.org" } })).await;
    stack.flush_redis();
    for email in &subscribers {
        stack.smtp.nth_to(email, 3).await;
    }
    stack.smtp.take_all();
    stack.advance(TimeDelta::seconds(61)).await;
    stack.smtp.nth_to("late@example.org", 1).await;
    let counts = digests(&stack);
    assert!(counts.len() == 30 && counts.values().all(|&count| count == 2), "{counts:?}");
    // The workers listen again: wake-ups work.
    let asked = AtomicUsize::new(0);
    eventually("wake-ups work again", || async {
        let email = format!("again{}@example.org", asked.fetch_add(1, Ordering::SeqCst));
        client.ok(SUBSCRIBE, json!({ "input": { "email": email } })).await;
        stack.smtp.mails().iter().any(|mail| mail.recipient.starts_with("again")).then_some(())
    })
    .await;
    for worker in &workers {
        assert!(worker.stop().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wake_ups_do_not_accumulate_in_redis() {
    let stack = Stack::production().await;
    let api = stack.role("api").await;
    let client = api.client();
    // Without a worker, requests leave one wake-up for each queue, not one each.
    for number in 0..50 {
        client.ok(SUBSCRIBE, json!({ "input": { "email": format!("a{number}@example.org") } })).await;
    }
    // A process that stops has handed over its wake-ups.
    assert!(api.stop().success());
    assert!(stack.redis_keys() < 10, "{} keys", stack.redis_keys());
    let _worker = stack.role("worker").await;
    for number in 0..50 {
        stack.smtp.nth_to(&format!("a{number}@example.org"), 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_reaches_the_subscribers_of_every_process_once() {
    let stack = Stack::production().await;
    import_day(&stack, "2026-01-06", 1..4);
    let apis = [stack.role("api").await, stack.role("api").await];
    for api in &apis {
        eventually("the process receives events", || async {
            api.log().contains("receiving live events of other processes").then_some(())
        })
        .await;
    }
    let mut sockets = Vec::new();
    for api in &apis {
        let mut socket = Socket::ready(api, None).await;
        socket.subscribe("1", "subscription { paperFeatured { title } }", json!({})).await;
        socket.settle().await;
        sockets.push(socket);
    }
    let curator = apis[0].curator(&stack);
    for title in ["One", "Two", "Three"] {
        if title == "Three" {
            // Redis cuts the connections of subscribers; they connect again.
            let Backend::Production { redis, .. } = &stack.backend else { unreachable!() };
            let mut connection = redis::Client::open(redis.as_str()).unwrap().get_connection().unwrap();
            redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("pubsub").query::<i64>(&mut connection).unwrap();
            for api in &apis {
                let heard = || async {
                    api.log().matches("receiving live events of other processes").nth(1).map(|_| ())
                };
                eventually("the process receives events again", heard).await;
            }
        }
        let input = json!({ "title": title, "abstract": "A.", "publishedOn": "2026-01-02" });
        let id = create_paper(&curator, input).await;
        feature(&curator, &id, None).await;
        for socket in &mut sockets {
            assert_eq!(socket.hear_response().await.data()["paperFeatured"]["title"], title);
        }
    }
    // Papers that the command line imports into the open feed arrive too; those of another day do not.
    import_day(&stack, "2026-01-05", 10..12);
    import_day(&stack, "2026-01-07", 20..23);
    for socket in &mut sockets {
        let mut titles = Vec::new();
        for _ in 0..3 {
            titles.push(socket.hear_response().await.data()["paperFeatured"]["title"].clone());
        }
        titles.sort_by_key(ToString::to_string);
        assert_eq!(json!(titles), json!(["Paper 20", "Paper 21", "Paper 22"]));
        socket.expect_silence().await;
    }
}
