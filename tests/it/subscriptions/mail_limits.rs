//! Limits of mail that strangers can trigger, and responses that reveal nothing about an address.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::Stack;
use crate::support::fixtures::stack_with_papers;
use crate::support::graphql::NO_ERRORS;
use crate::support::journey::{REQUEST_LINK, SUBSCRIBE, ask, subscribe};

#[tokio::test(flavor = "multi_thread")]
async fn subscribing_does_not_reveal_known_addresses() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "known@example.org" })).await;
    for (mutation, variables) in [
        (SUBSCRIBE, |email: &str| json!({ "input": { "email": email } })),
        (REQUEST_LINK, |email: &str| json!({ "email": email })),
    ] as [(&str, fn(&str) -> Value); 2]
    {
        let known = client.execute(mutation, variables("known@example.org")).await.to_string();
        let unknown = client.execute(mutation, variables("other@example.org")).await.to_string();
        assert_eq!(known.replace("known@", "other@"), unknown);
    }
    // Only the mails differ: the unknown address gets a confirmation, and no link to preferences.
    stack.smtp.nth_to("other@example.org", 1).await;
    stack.smtp.nth_to("known@example.org", 3).await;
    server.next_sweep(&stack).await;
    assert_eq!(stack.smtp.mails_to("other@example.org").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmations_to_a_mailbox_are_limited() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    let request = json!({ "input": { "email": "victim@example.org" } });
    ask(&stack, &client, request["input"].clone()).await;
    // Once a day, for all spellings; and nothing changes, so that the first link still works.
    for email in ["victim@example.org", "Victim+news@example.org", "VICTIM+x@example.org"] {
        let answer = client.mutate(SUBSCRIBE, json!({ "input": { "email": email } })).await;
        assert_eq!(answer.user_errors(), NO_ERRORS);
    }
    // Three times a month.
    for day in 1..=5 {
        stack.advance(TimeDelta::hours(25)).await;
        client.ok(SUBSCRIBE, request.clone()).await;
        if day <= 2 {
            stack.smtp.nth_to("victim@example.org", 1 + day).await;
        }
    }
    server.next_sweep(&stack).await;
    assert_eq!(stack.smtp.mails().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_send_one_confirmation() {
    let (stack, server) = stack_with_papers(1..16).await;
    let requests = (0..20).map(|number| {
        let client = server.client();
        let input = json!({ "email": format!("victim+{number}@example.org") });
        tokio::spawn(async move { client.ok(SUBSCRIBE, json!({ "input": input })).await })
    });
    for request in requests.collect::<Vec<_>>() {
        request.await.unwrap();
    }
    let queued = "SELECT COUNT(*) FROM delivery WHERE kind = 'CONFIRMATION'";
    assert_eq!(stack.count(queued).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_for_mail_are_rate_limited_per_client() {
    let stack = Stack::new().await;
    stack.set("MAILS_PER_MINUTE", "3");
    let server = stack.serve().await;
    let client = server.client();
    let ask = |number: u32| json!({ "input": { "email": format!("a{number}@example.org") } });
    for number in 0..3 {
        client.ok(SUBSCRIBE, ask(number)).await;
    }
    assert_eq!(client.code(SUBSCRIBE, ask(3)).await, "RATE_LIMITED");
    assert_eq!(client.code(REQUEST_LINK, json!({ "email": "a1@example.org" })).await, "RATE_LIMITED");
    let page = reqwest::Client::new().post(server.url("/subscribe")).form(&[("email", "a4@example.org")]);
    assert_eq!(page.send().await.unwrap().status(), 429);
    // An untrusted proxy cannot name the client.
    let forwarded = reqwest::Client::new()
        .post(server.url("/subscribe"))
        .header("x-forwarded-for", "198.51.100.7")
        .form(&[("email", "a5@example.org")]);
    assert_eq!(forwarded.send().await.unwrap().status(), 429);
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 3);
}
