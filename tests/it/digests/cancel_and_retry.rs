//! Editions that are cancelled, and failed deliveries that are sent again.

use serde_json::json;

use crate::support::fixtures::import_day;
use crate::support::journey::{manage_token, stack_with_subscribers};
use crate::support::{Reaction, Step, eventually};

const EDITION: &str = "{ edition(cadence: DAILY, period: \"2026-01-07\") { id cancelledAt
    progress { planned queued sent failed cancelled expired inDoubt } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_edition_stays_cancelled() {
    let (stack, server, admin) = stack_with_subscribers().await;
    admin.get("mutation { pauseSending(reason: \"look first\") { userErrors { code } } }").await;
    stack.advance_to("2026-01-08T08:10:00Z").await;
    eventually("the digests are planned", || async {
        (admin.field(EDITION).await["progress"]["queued"] == 3).then_some(())
    })
    .await;
    let id = admin.field(EDITION).await["id"].clone();
    let cancel = "mutation($id: ID!) { cancelEdition(id: $id) {
        edition { cancelledAt progress { cancelled queued } } userErrors { code field } } }";
    for _ in 0..2 {
        let done = admin.mutate(cancel, json!({ "id": id })).await["edition"].clone();
        assert_eq!(done["progress"], json!({ "cancelled": 3, "queued": 0 }));
        assert!(done["cancelledAt"].is_string());
    }
    let none = admin.mutate(cancel, json!({ "id": "x" })).await;
    assert_eq!(none.user_errors(), ["NOT_FOUND id"]);
    let retry = "mutation($id: ID!) { retryDeliveries(editionId: $id, statuses: [FAILED]) { userErrors { code field } } }";
    let refused = admin.mutate(retry, json!({ "id": id })).await;
    assert_eq!(refused.user_errors(), ["CONFLICT editionId"]);
    admin.get("mutation { resumeSending { userErrors { code } } }").await;
    server.next_sweep(&stack).await;
    assert_eq!(stack.smtp.mails().len(), 6);
    // The papers are not lost: they are in the next digest.
    import_day(&stack, "2026-01-08", 20..22);
    stack.advance_to("2026-01-09T08:10:00Z").await;
    assert_eq!(stack.smtp.nth_to("a0@example.org", 3).await.papers().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_deliveries_are_retried_with_the_same_message_id() {
    let (stack, server, admin) = stack_with_subscribers().await;
    stack.smtp.script(|step| match step {
        Step::Dot(_) => Reaction::Say("554 5.7.1 we do not like you"),
        _ => Reaction::Take,
    });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    eventually("the deliveries have failed", || async {
        (admin.field(EDITION).await["progress"]["failed"] == 3).then_some(())
    })
    .await;
    let names =
        "SELECT message_id FROM delivery WHERE kind = 'DIGEST' AND cutoff_day = '2026-01-07' ORDER BY id";
    let before = stack.rows(names).await;
    stack.smtp.take_all();
    let gone = manage_token(&stack, &server.client(), "a2@example.org").await;
    server.client().ok(crate::support::journey::UPDATE, json!({ "token": gone, "input": {} })).await;
    let id = admin.field(EDITION).await["id"].clone();
    let retry = "mutation($id: ID!, $statuses: [RetryableStatus!]!) {
        retryDeliveries(editionId: $id, statuses: $statuses) { userErrors { code field } } }";
    let none = admin.mutate(retry, json!({ "id": id, "statuses": [] })).await;
    assert_eq!(none.user_errors(), ["REQUIRED statuses"]);
    admin.ok(retry, json!({ "id": id, "statuses": ["EXPIRED", "IN_DOUBT"] })).await;
    server.next_sweep(&stack).await;
    assert_eq!(admin.field(EDITION).await["progress"]["failed"], 3);
    admin.ok(retry, json!({ "id": id, "statuses": ["FAILED"] })).await;
    for number in 0..2 {
        let mail = stack.smtp.nth_to(&format!("a{number}@example.org"), 3).await;
        assert_eq!(mail.papers(), ["Paper 10", "Paper 11"]);
        assert!(before.iter().any(|name| mail.header("Message-ID").unwrap().contains(name)));
    }
    eventually("the deliveries are sent", || async {
        (admin.field(EDITION).await["progress"]["sent"] == 3).then_some(())
    })
    .await;
    assert_eq!(stack.rows(names).await, before);
}
