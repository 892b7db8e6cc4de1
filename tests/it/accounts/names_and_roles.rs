//! Names that users choose, roles and bans that administrators set.

use serde_json::{Value, json};

use super::server;
use crate::support::graphql::{VIEWER, nodes};
use crate::support::journey::{REQUEST_SIGN_IN, SIGN_IN, sign_in};

#[tokio::test(flavor = "multi_thread")]
async fn users_change_their_handle_and_display_name() {
    let (stack, server) = server().await;
    let ada = server.client_with(&sign_in(&stack, &server.client(), "ada@example.org").await);
    stack.token("taken", None);
    let chair = server.client_with(&stack.token("chairwoman", Some("--curator")));
    assert_eq!(chair.viewer().await.unwrap().role, "CURATOR");
    let update = "mutation($input: UpdateProfileInput!) { updateProfile(input: $input) {
        user { handle displayName } userErrors { code field } } }";
    let changed = async |input: Value| ada.mutate(update, json!({ "input": input })).await;
    let named = changed(json!({ "handle": "ada", "displayName": " Ada\nLovelace " })).await;
    assert_eq!(named["user"], json!({ "handle": "ada", "displayName": "Ada Lovelace" }));
    assert_eq!(changed(json!({})).await["user"]["handle"], "ada");
    // A command of the operator gives no role to a user who took the handle first.
    let refused = stack.run(&["token", "create", "--admin", "--name", "ada"]);
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("a person who signs in by e-mail"),
        "{refused:?}"
    );
    assert_eq!(ada.viewer().await.unwrap().role, "READER");
    for (input, expected) in [
        (json!({ "handle": "taken" }), "TAKEN input.handle"),
        (json!({ "handle": "TAKEN" }), "TAKEN input.handle"),
        (json!({ "handle": "Admin" }), "TAKEN input.handle"),
        (json!({ "handle": "daiIy_papers" }), "TAKEN input.handle"),
        (json!({ "handle": "not a handle" }), "INVALID input.handle"),
        (json!({ "handle": "ad\u{200B}a" }), "INVALID input.handle"),
        (json!({ "displayName": "" }), "REQUIRED input.displayName"),
        (json!({ "displayName": "\u{200B}\u{3164}\u{202E}" }), "REQUIRED input.displayName"),
        (json!({ "displayName": "Z\u{335}\u{335}\u{335}\u{335}\u{335}" }), "INVALID input.displayName"),
        (json!({ "displayName": "Αdmіnistrator" }), "TAKEN input.displayName"),
        (json!({ "displayName": "ChairwΟman" }), "TAKEN input.displayName"),
        (json!({ "displayName": "x".repeat(101) }), "TOO_LONG input.displayName"),
    ] {
        assert_eq!(changed(input.clone()).await.user_errors(), [expected], "{input}");
    }
    let named = changed(json!({ "handle": "Ada-L", "displayName": "A\u{200B}da \u{202E}Éluard" })).await;
    assert_eq!(named["user"], json!({ "handle": "Ada-L", "displayName": "Ada Éluard" }));
    // The command line compares names like the API.
    let refused = stack.run(&["token", "create", "--name", "chairw0man"]);
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("looks too much like the existing user chairwoman"),
        "{refused:?}"
    );
    let same = server.reader(&stack, "ChairWoman");
    assert_eq!(same.viewer().await.unwrap().id, chair.viewer().await.unwrap().id);
    // Users are found in any case, and their changes are in the audit log.
    let admin = server.admin(&stack);
    let users = "query($query: String) { admin { users(query: $query) { nodes { handle } } } }";
    for query in ["ÉLUARD", "éluard", "ada-l", "ADA@EXAMPLE"] {
        let found = admin.field_with(users, json!({ "query": query })).await["users"].clone();
        assert_eq!(nodes(&found), [json!({ "handle": "Ada-L" })], "{query}");
    }
    let log =
        admin.field("{ admin { auditLog(first: 20) { nodes { action actor { handle } detail } } } }").await;
    let profile = nodes(&log["auditLog"]).iter().find(|entry| entry["action"] == "updateProfile").unwrap();
    assert_eq!(profile["actor"]["handle"], "Ada-L");
    let detail: Value = serde_json::from_str(profile["detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail["handle"], json!({ "from": "ada", "to": "Ada-L" }));
    assert_eq!(detail["displayName"], json!({ "from": "Ada Lovelace", "to": "Ada Éluard" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_change_roles_and_ban_users() {
    let (stack, server) = server().await;
    let admin = server.admin(&stack);
    let ada = server.client_with(&sign_in(&stack, &server.client(), "ada@example.org").await);
    let id = ada.viewer().await.unwrap().id;
    let root = admin.viewer().await.unwrap().id;
    let set = "mutation($id: ID!, $role: Role!) { setUserRole(userId: $id, role: $role) {
        user { role } userErrors { code field } } }";
    let role = admin.mutate(set, json!({ "id": id, "role": "CURATOR" })).await;
    assert_eq!(role["user"]["role"], "CURATOR");
    assert_eq!(ada.viewer().await.unwrap().role, "CURATOR");
    let last = admin.mutate(set, json!({ "id": root, "role": "READER" })).await;
    assert_eq!(last.user_errors(), ["CONFLICT role"]);
    let none = admin.mutate(set, json!({ "id": "nonsense", "role": "READER" })).await;
    assert_eq!(none.user_errors(), ["NOT_FOUND userId"]);

    let create = "mutation { createAccessToken(input: { name: \"backup\" }) { secret } }";
    let program = ada.mutate(create, json!({})).await.text("secret").to_owned();
    let program = server.client_with(&program);
    assert_eq!(program.viewer().await.unwrap().id, id);
    let ban = "mutation($id: ID!, $reason: String!) { banUser(userId: $id, reason: $reason) {
        user { handle } userErrors { code field } } }";
    let unsaid = admin.mutate(ban, json!({ "id": id, "reason": " " })).await;
    assert_eq!(unsaid.user_errors(), ["REQUIRED reason"]);
    let itself = admin.mutate(ban, json!({ "id": root, "reason": "oops" })).await;
    assert_eq!(itself.user_errors(), ["CONFLICT userId"]);
    for _ in 0..2 {
        admin.ok(ban, json!({ "id": id, "reason": "spam" })).await;
    }
    assert_eq!(ada.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    // Users who prove that the address is theirs are told, with any tag in the address.
    for (address, nth) in [("ada@example.org", 2), ("ada+other@example.org", 1)] {
        server.client().ok(REQUEST_SIGN_IN, json!({ "email": address })).await;
        let token = stack.smtp.nth_to(address, nth).await.token("sign-in");
        let refused = server.client().mutate(SIGN_IN, json!({ "token": token })).await;
        assert_eq!(refused.user_errors(), ["CONFLICT token"]);
        let page = reqwest::get(server.url(&format!("/sign-in?token={token}"))).await.unwrap();
        let page = page.text().await.unwrap();
        assert!(page.contains("has been banned since 7 January 2026") && page.contains("spam"), "{page}");
    }
    let unban = "mutation($id: ID!) { unbanUser(userId: $id) { user { handle } userErrors { code } } }";
    admin.ok(unban, json!({ "id": id })).await;
    // Their old tokens stay revoked.
    assert_eq!(program.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    assert_eq!(ada.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    let back = server.client_with(&sign_in(&stack, &server.client(), "ada@example.org").await);
    assert_eq!(back.viewer().await.unwrap().role, "CURATOR");

    let log =
        "{ admin { auditLog(first: 10) { totalCount nodes { action target actor { handle } detail } } } }";
    let log = admin.field(log).await["auditLog"].clone();
    let actions: Vec<&str> = nodes(&log).iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["unbanUser", "banUser", "createAccessToken", "setUserRole", "token create"]);
    let detail = |at: usize| nodes(&log)[at]["detail"].as_str().unwrap().to_owned();
    assert!(detail(3).contains("\"from\":\"READER\"") && detail(3).contains("\"to\":\"CURATOR\""));
    assert!(detail(4).contains("command line"), "{}", detail(4));
    assert_eq!((&nodes(&log)[0]["target"], &nodes(&log)[0]["actor"]["handle"]), (&json!(id), &json!("root")));
    let users = "query($query: String) { admin { users(query: $query) { totalCount nodes { handle email bannedAt } } } }";
    let found = admin.field_with(users, json!({ "query": "ADA@" })).await["users"].clone();
    assert_eq!(nodes(&found)[0]["email"], "ada@example.org");
    assert_eq!(admin.field_with(users, json!({ "query": "100%_" })).await["users"]["totalCount"], 0);
    assert_eq!(admin.field_with(users, json!({ "query": null })).await["users"]["totalCount"], 2);
}
