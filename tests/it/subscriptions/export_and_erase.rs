//! A subscriber's data: exported and erased.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::journey::{manage_token, own, stack_with_subscribers, subscribe, subscription_id};

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_can_export_and_erase_their_data() {
    let (stack, server, admin) = stack_with_subscribers().await;
    let client = server.client();
    let export =
        "mutation($token: String!) { exportSubscription(token: $token) { json userErrors { code field } } }";
    let erase =
        "mutation($token: String!) { eraseSubscription(token: $token) { erased userErrors { code field } } }";
    for mutation in [export, erase] {
        let wrong = client.mutate(mutation, json!({ "token": "x" })).await;
        assert_eq!(wrong.user_errors(), ["INVALID token"]);
    }
    let token = manage_token(&stack, &client, "a0@example.org").await;
    let sign_in = "mutation { requestSignIn(email: \"a0@example.org\") { userErrors { code } } }";
    client.get(sign_in).await;
    stack.smtp.nth_to("a0@example.org", 4).await;
    let json = client.mutate(export, json!({ "token": token })).await["json"].clone();
    let data: Value = serde_json::from_str(json.as_str().unwrap()).unwrap();
    assert_eq!((&data["email"], &data["status"]), (&json!("a0@example.org"), &json!("ACTIVE")));
    assert_eq!(data["mails"].as_array().unwrap().len(), 3);

    assert_eq!(client.mutate(erase, json!({ "token": token })).await["erased"], true);
    let id = subscription_id(&admin, "a1@example.org").await;
    let by_admin = "mutation($id: ID!) { eraseSubscriber(id: $id) { erased userErrors { code field } } }";
    assert_eq!(admin.mutate(by_admin, json!({ "id": id })).await["erased"], true);
    let again = admin.mutate(by_admin, json!({ "id": id })).await;
    assert_eq!((&again["erased"], again.user_errors()), (&json!(false), vec!["NOT_FOUND id".to_owned()]));
    // No table has their address any more.
    for address in ["a0@example.org", "a1@example.org"] {
        for (table, column) in [
            ("subscription", "email"),
            ("subscription", "address_key"),
            ("sign_in", "email"),
            ("sign_in", "email_key"),
            ("delivery", "recipient"),
            ("suppression", "COALESCE(note, '')"),
            ("audit_entry", "COALESCE(detail, '')"),
        ] {
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE '%{address}%'");
            assert_eq!(stack.count(&sql).await, 0, "{table}.{column}");
        }
    }
    assert_eq!(stack.rows("SELECT reason FROM suppression").await, ["ERASED", "ERASED"]);
    assert!(own(&client, &token).await.is_none());
    // Strangers cannot trigger mail there again, or have the address stored.
    client.get(sign_in).await;
    server.next_sweep(&stack).await;
    assert_eq!(stack.smtp.mails_to("a0@example.org").len(), 4);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    stack.smtp.nth_to("a2@example.org", 3).await;
    assert_eq!(stack.smtp.mails_to("a1@example.org").len(), 2);
    // A month later the owner may subscribe again.
    stack.advance(TimeDelta::days(31)).await;
    subscribe(&stack, &client, json!({ "email": "a0@example.org" })).await;
}
