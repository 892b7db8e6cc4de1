//! What only Postgres and Redis make possible: several processes, and a Redis that cannot be relied on.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use serde_json::json;

use crate::support::fixtures::import_day;
use crate::support::journey::{SUBSCRIBE, ask, subscribe};
use crate::support::socket::Socket;
use crate::support::stack::Backend;
use crate::support::{Reaction, Stack, Step, eventually};

/// How many digests each recipient got, confirmations left out.
fn digests(stack: &Stack) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for mail in stack.smtp.mails() {
        if mail.header("List-Id").is_some() {
            *counts.entry(mail.recipient).or_default() += 1;
        }
    }
    counts
}

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
        // Asked for at one process, confirmed at the other.
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
    tokio::time::sleep(Duration::from_millis(500)).await;
    let counts = digests(&stack);
    assert!(counts.len() == 40 && counts.values().all(|&count| count == 2), "{counts:?}");
    // Both had a share in it.
    for worker in &workers {
        assert!(worker.log().contains("sent delivery.id"), "{}", worker.log());
    }
    for process in apis.iter().chain(&workers) {
        assert!(process.stop().success(), "{}", process.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_leaves_at_once_with_redis() {
    let stack = Stack::production().await;
    let api = stack.role("api").await;
    let _worker = stack.role("worker").await;
    let client = api.client();
    // The first ones meet a worker that is still starting.
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
    // Nobody listens there.
    stack.set("REDIS_URL", "redis://127.0.0.1:1/0");
    let api = stack.role("api").await;
    let worker = stack.role("worker").await;
    eventually("started", || async { worker.log().contains("no wake-ups from Redis").then_some(()) }).await;
    let client = api.client();
    for number in 0..5 {
        client.ok(SUBSCRIBE, json!({ "input": { "email": format!("a{number}@example.org") } })).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
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
    let subscribers: Vec<String> = (0..30).map(|number| format!("a{number}@example.org")).collect();
    for email in &subscribers {
        subscribe(&stack, &client, json!({ "email": email })).await;
    }
    for email in &subscribers {
        stack.smtp.nth_to(email, 2).await;
    }
    import_day(&stack, "2026-01-07", 20..24);
    // A server that takes its time, so that the middle is long enough to be met.
    stack.smtp.script(|step| {
        if matches!(step, Step::Mail(_)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        Reaction::Take
    });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    eventually("some are sent", || async {
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
    // The workers are back at their queues: wake-ups work again.
    eventually("heard again", || async {
        let email = format!("again{}@example.org", stack.redis_keys());
        client.ok(SUBSCRIBE, json!({ "input": { "email": email } })).await;
        tokio::time::sleep(Duration::from_millis(800)).await;
        (!stack.smtp.mails_to(&email).is_empty()).then_some(())
    })
    .await;
    for worker in &workers {
        assert!(worker.stop().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_is_replaced_by_another() {
    let stack = Stack::production().await;
    import_day(&stack, "2026-01-06", 1..16);
    let api = stack.role("api").await;
    let worker = stack.role("worker").await;
    let client = api.client();
    let subscribers: Vec<String> = (0..10).map(|number| format!("a{number}@example.org")).collect();
    for email in &subscribers {
        subscribe(&stack, &client, json!({ "email": email })).await;
    }
    for email in &subscribers {
        stack.smtp.nth_to(email, 2).await;
    }
    import_day(&stack, "2026-01-07", 20..24);
    stack.smtp.script(|step| if matches!(step, Step::Data(_)) { Reaction::Hold } else { Reaction::Take });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    eventually("in hand", || async {
        (stack.count("SELECT COUNT(*) FROM delivery WHERE status = 'SENDING'").await > 0).then_some(())
    })
    .await;
    worker.kill();
    stack.smtp.take_all();
    let _other = stack.role("worker").await;
    stack.set_clock(stack.now() + TimeDelta::minutes(16));
    for email in &subscribers {
        stack.smtp.nth_to(email, 3).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    // None had reached its dot, so none comes twice.
    assert!(digests(&stack).values().all(|&count| count == 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_stops_what_every_worker_has_in_hand() {
    let stack = Stack::production().await;
    import_day(&stack, "2026-01-06", 1..4);
    let api = stack.role("api").await;
    let admin = api.client_with(&stack.token("root", Some("--admin")));
    let _workers = [stack.role("worker").await, stack.role("worker").await];
    let subscribers: Vec<String> = (0..6).map(|number| format!("a{number}@example.org")).collect();
    for email in &subscribers {
        subscribe(&stack, &api.client(), json!({ "email": email })).await;
        stack.smtp.nth_to(email, 2).await;
    }
    import_day(&stack, "2026-01-07", 10..12);
    stack.smtp.script(|step| if matches!(step, Step::Rcpt(_)) { Reaction::Hold } else { Reaction::Take });
    stack.set_clock("2026-01-08T08:10:00Z".parse().unwrap());
    let sending = "SELECT COUNT(*) FROM delivery WHERE status = 'SENDING'";
    eventually("being sent", || async { (stack.count(sending).await == 6).then_some(()) }).await;
    admin.get("mutation { pauseSending(reason: \"stop\") { userErrors { code } } }").await;
    // Workers look every half second.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    stack.smtp.take_all();
    stack.smtp.go_on();
    eventually("given back", || async { (stack.count(sending).await == 0).then_some(()) }).await;
    assert_eq!(stack.smtp.mails().len(), 12);
    admin.get("mutation { resumeSending { userErrors { code } } }").await;
    for email in &subscribers {
        stack.smtp.nth_to(email, 3).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_in_one_process_works_on_postgres_too() {
    let stack = Stack::production().await;
    stack.set("REDIS_URL", "");
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    subscribe(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 2).await.papers().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_were_cut_are_replaced_and_nobody_notices() {
    let stack = Stack::production().await;
    import_day(&stack, "2026-01-06", 1..4);
    let api = stack.role("api").await;
    let feed =
        "{ feed(period: \"2026-01-06\") { papers(first: 2) { nodes { title organization { name } } } } }";
    // Several at once, so that there are several connections.
    let ask = || async {
        let client = api.client();
        let asked = (0..20).map(|_| client.get(feed));
        futures::future::join_all(asked).await
    };
    ask().await;
    let database = stack.database().await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    database.execute_unprepared(cut).await.unwrap();
    database.close().await.unwrap();
    for answer in ask().await {
        assert_eq!(answer["feed"]["papers"]["nodes"][1]["title"], "Paper 2", "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wake_ups_do_not_pile_up() {
    let stack = Stack::production().await;
    let api = stack.role("api").await;
    let client = api.client();
    // No worker: whoever asks leaves one wake-up a queue, not one a request.
    for number in 0..50 {
        client.ok(SUBSCRIBE, json!({ "input": { "email": format!("a{number}@example.org") } })).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(stack.redis_keys() < 10, "{} keys", stack.redis_keys());
    let _worker = stack.role("worker").await;
    for number in 0..50 {
        stack.smtp.nth_to(&format!("a{number}@example.org"), 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_is_being_changed_when_it_is_due_is_planned_right_after() {
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

#[tokio::test(flavor = "multi_thread")]
async fn an_event_reaches_the_subscribers_of_every_process_once() {
    let stack = Stack::production().await;
    import_day(&stack, "2026-01-06", 1..4);
    let apis = [stack.role("api").await, stack.role("api").await];
    for api in &apis {
        eventually("listening", || async { api.log().contains("hearing of other processes").then_some(()) })
            .await;
    }
    let mut sockets = Vec::new();
    for api in &apis {
        let mut socket = Socket::ready(api, None).await;
        socket.subscribe("1", "subscription { paperFeatured { title } }", json!({})).await;
        socket.settle().await;
        sockets.push(socket);
    }
    let curator = apis[0].client_with(&stack.token("curie", Some("--curator")));
    let create = "mutation($input: PaperInput!) { createPaper(input: $input) { paper { id } } }";
    let feature = "mutation($id: ID!) { featurePaper(paperId: $id) { userErrors { code } } }";
    for title in ["One", "Two", "Three"] {
        if title == "Three" {
            // Redis cuts the connections of those who listen; they come back.
            let Backend::Production { redis, .. } = &stack.backend else { unreachable!() };
            let mut connection = redis::Client::open(redis.as_str()).unwrap().get_connection().unwrap();
            redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("pubsub").query::<i64>(&mut connection).unwrap();
            for api in &apis {
                let heard = || async { api.log().matches("hearing of other processes").nth(1).map(|_| ()) };
                eventually("listening again", heard).await;
            }
        }
        let input = json!({ "title": title, "abstract": "A.", "publishedOn": "2026-01-02" });
        let made = curator.ok(create, json!({ "input": input })).await;
        curator.ok(feature, json!({ "id": made["createPaper"]["paper"]["id"] })).await;
        for socket in &mut sockets {
            assert_eq!(socket.hear().await["payload"]["data"]["paperFeatured"]["title"], title);
        }
    }
    // What the command line puts on the open feed arrives too; what it puts on another does not.
    import_day(&stack, "2026-01-05", 10..12);
    import_day(&stack, "2026-01-07", 20..23);
    for socket in &mut sockets {
        let mut titles = Vec::new();
        for _ in 0..3 {
            titles.push(socket.hear().await["payload"]["data"]["paperFeatured"]["title"].clone());
        }
        titles.sort_by_key(ToString::to_string);
        assert_eq!(json!(titles), json!(["Paper 20", "Paper 21", "Paper 22"]));
        socket.is_silent().await;
    }
}
