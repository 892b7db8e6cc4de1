//! Addresses that an administrator suppresses and releases.

use serde_json::json;

use crate::support::graphql::nodes;
use crate::support::journey::{
    SUBSCRIBE, manage_token, own, stack_with_subscribers, subscribe, subscription_id,
};

#[tokio::test(flavor = "multi_thread")]
async fn administrators_suppress_and_release_addresses() {
    let (stack, server, admin) = stack_with_subscribers().await;
    let client = server.client();
    let token = manage_token(&stack, &client, "a0@example.org").await;
    let suppress =
        "mutation($email: String!, $reason: String!) { suppressAddress(email: $email, reason: $reason) {
        suppression { email reason note } userErrors { code field } } }";
    let lift =
        "mutation($email: String!) { liftSuppression(email: $email) { lifted userErrors { code field } } }";
    let wrong = admin.mutate(suppress, json!({ "email": "x", "reason": "r" })).await;
    assert_eq!(wrong.user_errors(), ["INVALID email"]);
    for _ in 0..2 {
        let done =
            admin.mutate(suppress, json!({ "email": "A0@example.org", "reason": "asked by post" })).await;
        assert_eq!(
            done["suppression"],
            json!({ "email": "a0@example.org", "reason": "ADMINISTRATOR", "note": "asked by post" })
        );
    }
    assert_eq!(own(&client, &token).await.unwrap().status, "SUPPRESSED");
    // The owner cannot lift it.
    stack.advance_to("2026-02-10T12:00:00Z").await;
    client.ok(SUBSCRIBE, json!({ "input": { "email": "a0@example.org" } })).await;
    server.next_sweep(&stack).await;
    assert_eq!(stack.smtp.mails_to("a0@example.org").len(), 3);
    let all = "{ admin { suppressions { totalCount nodes { email reason } } } }";
    assert_eq!(admin.field(all).await["suppressions"]["totalCount"], 1);
    assert_eq!(admin.mutate(lift, json!({ "email": "a0@example.org" })).await["lifted"], true);
    assert_eq!(admin.mutate(lift, json!({ "email": "a0@example.org" })).await["lifted"], false);
    subscribe(&stack, &client, json!({ "email": "a0@example.org" })).await;

    let unsubscribe = "mutation($id: ID!) { unsubscribeSubscriber(id: $id) {
        emailSubscription { status } userErrors { code field } } }";
    let subscriptions =
        "query($email: String) { admin { emailSubscriptions(email: $email) { nodes { id } } } }";
    let id = subscription_id(&admin, "a1@example.org").await;
    // An address is searched in its normalized form.
    client.ok(SUBSCRIBE, json!({ "input": { "email": "Ada@Bücher.example" } })).await;
    for written in ["ada@bücher.example", "ADA@xn--bcher-kva.example."] {
        let found = admin.field_with(subscriptions, json!({ "email": written })).await;
        assert_eq!(nodes(&found["emailSubscriptions"]).len(), 1, "{written}");
    }
    assert_eq!(admin.code(subscriptions, json!({ "email": "nonsense" })).await, "BAD_REQUEST");
    for _ in 0..2 {
        let done = admin.mutate(unsubscribe, json!({ "id": id })).await;
        assert_eq!(done["emailSubscription"]["status"], "UNSUBSCRIBED");
    }
}
