//! Protection from unsolicited mail: a link that stops all mail, deletion of unconfirmed requests, and a limit of
//! triggered mail.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::fixtures::{import_day, stack_with_papers};
use crate::support::journey::{CONFIRM, SUBSCRIBE, ask, confirm, sign_in, subscribe};
use crate::support::{Stack, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn the_not_me_link_stops_all_mail() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    let confirmation = ask(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let path = confirmation.link("/not-me/").strip_prefix("https://papers.example.org").unwrap().to_owned();
    let http = reqwest::Client::new();
    let page = http.get(server.url(&path)).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("Stop all mail to this address"));
    assert_eq!(stack.count("SELECT COUNT(*) FROM suppression").await, 0);
    // Idempotent.
    for _ in 0..2 {
        let answer = http.post(server.url(&path)).form(&[("not-me", "yes")]).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(stack.rows("SELECT reason FROM suppression").await, ["NOT_ME"]);
    // The confirmation link no longer works, nor do further requests.
    let confirmed =
        client.mutate(CONFIRM, json!({ "token": confirmation.token("subscription/confirm") })).await;
    assert_eq!(confirmed.user_errors(), ["INVALID token"]);
    stack.advance(TimeDelta::days(60)).await;
    client.ok(SUBSCRIBE, json!({ "input": { "email": "ada@example.org" } })).await;
    ask(&stack, &client, json!({ "email": "bob@example.org" })).await;
    assert_eq!(stack.smtp.mails_to("ada@example.org").len(), 1);
    // The address itself is deleted.
    eventually("the address is deleted", || async {
        let held = "SELECT COUNT(*) FROM delivery WHERE recipient = 'ada@example.org'";
        (stack.count(held).await == 0).then_some(())
    })
    .await;
    assert_eq!(stack.rows("SELECT reason FROM suppression").await, ["NOT_ME"]);
    // A mail that a stranger triggered cannot unsubscribe a subscriber.
    let first = ask(&stack, &client, json!({ "email": "eve@example.org" })).await;
    confirm(&client, &first).await;
    let path = first.link("/not-me/").strip_prefix("https://papers.example.org").unwrap().to_owned();
    let answer = http.post(server.url(&path)).form(&[("not-me", "yes")]).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    stack.advance(TimeDelta::days(2)).await;
    let change = ask(&stack, &client, json!({ "email": "eve@example.org", "maxPapers": 3 })).await;
    assert!(!change.text().contains("/not-me/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn unconfirmed_subscriptions_are_deleted_after_a_week() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    ask(&stack, &client, json!({ "email": "ada@example.org" })).await;
    subscribe(&stack, &client, json!({ "email": "bob@example.org" })).await;
    stack.advance(TimeDelta::days(5)).await;
    // A new request counts from its own time.
    ask(&stack, &client, json!({ "email": "eve@example.org" })).await;
    stack.advance(TimeDelta::days(2)).await;
    eventually("the address is deleted", || async {
        (stack.count("SELECT COUNT(*) FROM subscription").await == 2).then_some(())
    })
    .await;
    assert_eq!(stack.count("SELECT COUNT(*) FROM delivery WHERE recipient = 'ada@example.org'").await, 0);
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription WHERE email = 'eve@example.org'").await, 1);
    // Mails to it still count: one a day, three a month.
    for expected in [2, 3, 3] {
        client.ok(SUBSCRIBE, json!({ "input": { "email": "ada@example.org" } })).await;
        ask(&stack, &client, json!({ "email": format!("x{}@example.org", stack.now().timestamp()) })).await;
        assert_eq!(stack.smtp.mails_to("ada@example.org").len(), expected);
        stack.advance(TimeDelta::days(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_strangers_do_not_delay_sign_in_links_of_accounts() {
    let stack = Stack::new().await;
    stack.set("TRIGGERED_MAILS_PER_HOUR", "20");
    let server = stack.serve().await;
    let client = server.client();
    let request = "mutation($email: String!) { requestSignIn(email: $email) { userErrors { code } } }";
    sign_in(&stack, &client, "known@example.org").await;
    for number in 0..12 {
        client.ok(request, json!({ "email": format!("a{number}@example.org") })).await;
    }
    client.ok(request, json!({ "email": "known@example.org" })).await;
    stack.smtp.nth_to("known@example.org", 2).await;
    stack.settle().await;
    // The mail of strangers is delayed as before.
    assert!(stack.count("SELECT COUNT(*) FROM delivery WHERE status = 'QUEUED'").await >= 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_requests_is_delayed_and_none_is_dropped() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..16);
    stack.set("TRIGGERED_MAILS_PER_HOUR", "20");
    let server = stack.serve().await;
    let client = server.client();
    // A tenth of the hourly limit is sent at once, and one more; the others one every three minutes.
    for number in 0..12 {
        client.ok(SUBSCRIBE, json!({ "input": { "email": format!("a{number}@example.org") } })).await;
    }
    stack.smtp.nth_to("a2@example.org", 1).await;
    stack.settle().await;
    assert_eq!(stack.count("SELECT COUNT(*) FROM delivery WHERE status = 'QUEUED'").await, 9);
    // Other kinds of mail do not wait.
    client
        .ok("mutation { requestSignIn(email: \"root@example.org\") { userErrors { code } } }", json!({}))
        .await;
    stack.smtp.nth_to("root@example.org", 1).await;
    for minutes in [3, 24] {
        stack.advance(TimeDelta::minutes(minutes)).await;
        let number = if minutes == 3 { 3 } else { 11 };
        stack.smtp.nth_to(&format!("a{number}@example.org"), 1).await;
        stack.settle().await;
    }
    let last = stack.smtp.nth_to("a11@example.org", 1).await;
    // The lifetime of the link counts from the sending.
    stack.advance(TimeDelta::hours(47) + TimeDelta::minutes(55)).await;
    confirm(&client, &last).await;
    assert_eq!(
        stack.count("SELECT COUNT(*) FROM delivery WHERE status = 'QUEUED' AND kind = 'CONFIRMATION'").await,
        0
    );
}
