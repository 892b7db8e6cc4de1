//! Links in mails and their tokens: each has one purpose and expires, and opening one changes nothing.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::fixtures::stack_with_papers;
use crate::support::journey::{CONFIRM, UNSUBSCRIBE, UPDATE, ask, confirm, manage_token, own, subscribe};

#[tokio::test(flavor = "multi_thread")]
async fn subscribing_again_changes_nothing_without_confirmation() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org", "maxPapers": 3 })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    stack.advance(TimeDelta::hours(25)).await;

    let mail =
        ask(&stack, &client, json!({ "email": "ADA@example.org", "maxPapers": 50, "cadence": "MONTHLY" }))
            .await;
    assert!(mail.subject().contains("changes"), "{}", mail.subject());
    let token = manage_token(&stack, &client, "ada@example.org").await;
    let before = own(&client, &token).await.unwrap();
    assert_eq!((before.cadence.as_str(), before.status.as_str()), ("DAILY", "ACTIVE"));

    let changed = confirm(&client, &mail).await.unwrap();
    assert_eq!((changed.cadence.as_str(), changed.max_papers), ("MONTHLY", 50));
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn get_requests_to_links_in_mails_change_nothing() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    let mail = ask(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let get = async |link: String| {
        let url = link.replace("https://papers.example.org", &server.url(""));
        let answer = reqwest::get(url).await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    };
    for _ in 0..3 {
        let page = get(mail.link("subscription/confirm")).await;
        assert_eq!(page.matches("<button").count(), 1, "{page}");
    }
    assert_eq!(stack.rows("SELECT status FROM subscription").await, ["PENDING"]);
    confirm(&client, &mail).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    for _ in 0..3 {
        let page = get(digest.link("/unsubscribe/")).await;
        assert_eq!(page.matches("<button").count(), 1, "{page}");
        get(digest.link("subscription/manage?request")).await;
    }
    assert_eq!(stack.rows("SELECT status FROM subscription").await, ["ACTIVE"]);
    assert_eq!(stack.smtp.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_in_links_have_one_purpose_and_expire() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    let mail = ask(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let token = mail.token("subscription/confirm");
    let mut forged = token.clone();
    // A different letter, because tokens are read in any case.
    forged.replace_range(30..31, if &token[30..31] == "a" { "b" } else { "a" });
    for wrong in ["", "nothing", &forged] {
        let payload = client.mutate(CONFIRM, json!({ "token": wrong })).await;
        assert_eq!(payload.user_errors(), ["INVALID token"]);
    }
    for mutation in [UNSUBSCRIBE, UPDATE] {
        let payload = client.mutate(mutation, json!({ "token": token, "input": { "maxPapers": 1 } })).await;
        assert_eq!(payload.user_errors(), ["INVALID token"]);
    }
    assert!(own(&client, &token).await.is_none());

    stack.advance(TimeDelta::hours(48)).await;
    let payload = client.mutate(CONFIRM, json!({ "token": token })).await;
    assert_eq!(payload.user_errors(), ["EXPIRED token"]);

    let mail = ask(&stack, &client, json!({ "email": "ada@example.org" })).await;
    assert_eq!(confirm(&client, &mail).await.unwrap().status, "ACTIVE");
    // Idempotent, and shows nothing the second time.
    assert!(confirm(&client, &mail).await.is_none());
    stack.smtp.nth_to("ada@example.org", 3).await;

    let token = manage_token(&stack, &client, "ada@example.org").await;
    assert_eq!(own(&client, &token).await.unwrap().email, "ada@example.org");
    stack.advance(TimeDelta::hours(24)).await;
    assert!(own(&client, &token).await.is_none());
    let payload = client.mutate(UPDATE, json!({ "token": token, "input": {} })).await;
    assert_eq!(payload.user_errors(), ["EXPIRED token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_key_signs_and_the_old_one_still_verifies() {
    let (stack, server) = stack_with_papers(1..4).await;
    let mail = ask(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    server.stop();
    let new = "another secret key that only the tests know";
    stack.set("SECRET_KEY", &format!("{new},{}", crate::support::stack::SECRET));
    let server = stack.serve().await;
    confirm(&server.client(), &mail).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    server.stop();
    stack.set("SECRET_KEY", new);
    let server = stack.serve().await;
    let payload =
        server.client().mutate(UNSUBSCRIBE, json!({ "token": digest.token("/unsubscribe/") })).await;
    assert_eq!(payload["unsubscribed"], true);
}
