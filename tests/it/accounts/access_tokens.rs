//! Access tokens: named, shown once, revoked.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::server;
use crate::support::Client;
use crate::support::graphql::VIEWER;
use crate::support::journey::sign_in;

#[tokio::test(flavor = "multi_thread")]
async fn access_tokens_have_a_name_are_shown_once_and_can_be_revoked() {
    let (stack, server) = server().await;
    let ada = server.client_with(&sign_in(&stack, &server.client(), "ada@example.org").await);
    let create = "mutation($input: CreateAccessTokenInput!) { createAccessToken(input: $input) {
        secret accessToken { id name lastUsedAt expiresOn } userErrors { code field } } }";
    let made = ada.mutate(create, json!({ "input": { "name": "backup", "expiresOn": "2026-01-08" } })).await;
    let program = server.client_with(made.text("secret"));
    let tokens = program.viewer().await.unwrap().access_tokens;
    assert_eq!((&tokens[0]["name"], &tokens[0]["expiresOn"]), (&json!("backup"), &json!("2026-01-08")));
    assert!(tokens[0]["lastUsedAt"].is_string());
    for (input, expected) in [
        (json!({ "name": " " }), "REQUIRED input.name"),
        (json!({ "name": "x".repeat(101) }), "TOO_LONG input.name"),
        (json!({ "name": "x", "expiresOn": "2026-01-06" }), "INVALID input.expiresOn"),
    ] {
        let answer = ada.mutate(create, json!({ "input": input })).await;
        assert_eq!(answer.user_errors(), [expected]);
    }
    // Nobody else sees or revokes it.
    let eve = server.client_with(&sign_in(&stack, &server.client(), "eve@example.org").await);
    let revoke = "mutation($id: ID!) { revokeAccessToken(id: $id) { revokedId userErrors { code field } } }";
    let id = made.id("accessToken");
    let stolen = eve.mutate(revoke, json!({ "id": id })).await;
    assert_eq!(stolen.user_errors(), ["NOT_FOUND id"]);
    let node = "query($id: ID!) { node(id: $id) { id } }";
    assert!(eve.field_with(node, json!({ "id": id })).await.is_null());
    assert_eq!(ada.field_with(node, json!({ "id": id })).await["id"], id);
    assert_eq!(ada.mutate(revoke, json!({ "id": id })).await["revokedId"], id);
    assert_eq!(program.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    // Its last day is over.
    let made = ada.mutate(create, json!({ "input": { "name": "short", "expiresOn": "2026-01-07" } })).await;
    let program = server.client_with(made.text("secret"));
    assert_eq!(program.viewer().await.unwrap().role, "READER");
    stack.advance(TimeDelta::hours(12)).await;
    assert_eq!(program.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_cannot_create_one_that_expires_later() {
    let (stack, server) = server().await;
    let ada = server.client_with(&sign_in(&stack, &server.client(), "ada@example.org").await);
    let create =
        "mutation($name: String!, $on: Date) { createAccessToken(input: { name: $name, expiresOn: $on }) {
        secret accessToken { id } userErrors { code field } } }";
    let make =
        async |client: &Client, on: Value| client.mutate(create, json!({ "name": "x", "on": on })).await;
    let first = make(&ada, json!("2026-01-10")).await;
    let parent = server.client_with(first.text("secret"));
    for on in [Value::Null, json!("2026-01-11")] {
        assert_eq!(make(&parent, on).await.user_errors(), ["INVALID input.expiresOn"]);
    }
    let child = make(&parent, json!("2026-01-10")).await;
    let child = server.client_with(child.text("secret"));
    let grandchild = make(&child, json!("2026-01-09")).await;
    let grandchild = server.client_with(grandchild.text("secret"));
    assert_eq!(grandchild.viewer().await.unwrap().email.as_deref(), Some("ada@example.org"));
    let sibling = make(&ada, Value::Null).await;
    let sibling = server.client_with(sibling.text("secret"));
    // What was made with it ends with it; nothing else does.
    let revoke = "mutation($id: ID!) { revokeAccessToken(id: $id) { revokedId userErrors { code } } }";
    ada.ok(revoke, json!({ "id": first.id("accessToken") })).await;
    for gone in [&parent, &child, &grandchild] {
        assert_eq!(gone.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    }
    assert_eq!(sibling.viewer().await.unwrap().email.as_deref(), Some("ada@example.org"));
}
