//! Subscribing, confirming, changing and unsubscribing by the API.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::fixtures::{import_day, stack_with_papers};
use crate::support::graphql::{EmailSubscription, NO_ERRORS};
use crate::support::journey::{SUBSCRIBE, UNSUBSCRIBE, UPDATE, confirm, manage_token, subscribe};

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_from_request_to_unsubscribing() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    let input =
        json!({ "email": " Ada.Lovelace@Example.ORG ", "timeZone": "europe/paris", "sendTime": "07:30" });
    let answer = client.mutate(SUBSCRIBE, json!({ "input": input })).await;
    assert_eq!(answer["email"], "Ada.Lovelace@example.org");
    let confirmation = stack.smtp.nth_to("Ada.Lovelace@example.org", 1).await;

    // Before it is confirmed, nothing but the confirmation is sent.
    stack.advance(TimeDelta::days(1)).await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(stack.smtp.mails().len(), 1);

    let subscription = confirm(&client, &confirmation).await.unwrap();
    assert_eq!(subscription.status, "ACTIVE");
    assert_eq!(subscription.time_zone, "Europe/Paris");
    assert_eq!(subscription.weekdays.len(), 5);
    let digest = stack.smtp.nth_to("Ada.Lovelace@example.org", 2).await;
    assert_eq!(digest.papers().len(), 10);

    // The next one is sent at the local time of the next workday: Friday, 07:30 in Paris.
    let next = subscription.next_digest_at.unwrap();
    assert!(("2026-01-09T06:30:00Z".."2026-01-09T06:40:00Z").contains(&next.as_str()), "{next}");
    import_day(&stack, "2026-01-07", 20..24);
    stack.advance_to("2026-01-09T06:29:59Z").await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(stack.smtp.mails().len(), 2);
    stack.advance_to("2026-01-09T06:40:00Z").await;
    let second = stack.smtp.nth_to("Ada.Lovelace@example.org", 3).await;
    assert_eq!(second.papers(), ["Paper 20", "Paper 21", "Paper 22", "Paper 23"]);

    // One-click unsubscribing: a request of the mail program.
    let header = second.header("List-Unsubscribe").unwrap();
    assert_eq!(second.header("List-Unsubscribe-Post").unwrap(), "List-Unsubscribe=One-Click");
    let path = header.trim_matches(['<', '>']).strip_prefix("https://papers.example.org").unwrap();
    let one_click = reqwest::Client::new()
        .post(server.url(path))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click");
    assert_eq!(one_click.send().await.unwrap().status(), 200);
    import_day(&stack, "2026-01-08", 30..34);
    stack.advance_to("2026-01-12T12:00:00Z").await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(stack.smtp.mails().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_user_errors_of_an_input_are_returned_at_once() {
    let (stack, server) = stack_with_papers(1..16).await;
    let input = json!({
        "email": "nobody", "timeZone": "Mars/Olympus", "sendTime": "8", "weekdays": [], "maxPapers": 0,
        "filter": { "keywords": ["x".repeat(101)] },
    });
    let payload = server.client().mutate(SUBSCRIBE, json!({ "input": input })).await;
    assert!(payload["email"].is_null());
    assert_eq!(
        payload.user_errors(),
        [
            "INVALID input.email",
            "INVALID input.timeZone",
            "INVALID input.sendTime",
            "REQUIRED input.weekdays",
            "INVALID input.maxPapers",
            "TOO_LONG input.filter.keywords",
        ]
    );
    for email in [
        "a@b\r\nBcc: c@example.org",
        "ada@[127.0.0.1]",
        "\"ada\"@example.org",
        "\"a b\"@example.org",
        "a\\da@example.org",
        "ada@example.org, b@example.org",
    ] {
        let payload = server.client().mutate(SUBSCRIBE, json!({ "input": { "email": email } })).await;
        assert_eq!(payload.user_errors(), ["INVALID input.email"], "{email}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_preferences_apply_to_the_next_digest() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let token = manage_token(&stack, &client, "ada@example.org").await;
    let update = async |input: Value| client.mutate(UPDATE, json!({ "token": token, "input": input })).await;
    let changed = update(json!({
        "timeZone": "Asia/Tokyo", "sendTime": "20:00", "weekdays": ["SATURDAY"],
        "filter": { "keywords": ["even numbers"] }, "pausedUntil": "2026-01-12",
    }))
    .await;
    assert_eq!(changed.user_errors(), NO_ERRORS);
    let subscription: EmailSubscription = changed.read("emailSubscription");
    assert_eq!(subscription.filter["keywords"], json!(["even numbers"]));
    let next = subscription.next_digest_at.unwrap();
    assert!(("2026-01-17T11:00:00Z".."2026-01-17T11:10:00Z").contains(&next.as_str()), "{next}");

    let cleared = update(json!({ "pausedUntil": null, "filter": null })).await;
    let cleared: EmailSubscription = cleared.read("emailSubscription");
    assert_eq!(cleared.filter["keywords"], json!([]));
    assert_eq!(cleared.paused_until, None);
    let next = cleared.next_digest_at.unwrap();
    assert!(("2026-01-10T11:00:00Z".."2026-01-10T11:10:00Z").contains(&next.as_str()), "{next}");
    assert_eq!(cleared.time_zone, "Asia/Tokyo");

    let wrong = update(json!({ "sendTime": "25:00", "maxPapers": 99 })).await;
    assert_eq!(wrong.user_errors(), ["INVALID input.sendTime", "INVALID input.maxPapers"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsubscribed_person_can_subscribe_again() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    let token = digest.token("/unsubscribe/");
    for _ in 0..2 {
        let answer = client.mutate(UNSUBSCRIBE, json!({ "token": token })).await;
        assert_eq!(answer, json!({ "unsubscribed": true, "userErrors": [] }));
    }
    assert_eq!(stack.rows("SELECT reason FROM suppression").await, ["UNSUBSCRIBED"]);
    // The address is stored as a keyed hash only.
    assert!(!stack.rows("SELECT address_hash FROM suppression").await[0].contains("ada"));

    // Suppressed addresses get one confirmation a month.
    stack.advance(TimeDelta::days(2)).await;
    client.ok(SUBSCRIBE, json!({ "input": { "email": "ada@example.org" } })).await;
    server.next_sweep(&stack).await;
    assert_eq!(stack.smtp.mails().len(), 2);
    stack.advance(TimeDelta::days(31)).await;
    import_day(&stack, "2026-02-06", 40..44);
    let back = subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    assert_eq!(back.status, "ACTIVE");
    assert!(back.suppression.is_none());
    let digest = stack.smtp.nth_to("ada@example.org", 4).await;
    assert_eq!(digest.papers(), ["Paper 40", "Paper 41", "Paper 42", "Paper 43"]);
}
