//! Intake of returned mail: by the pipe of a mail server, over HTTP, and as requests to unsubscribe.

use serde_json::{Value, json};

use super::{TOKEN, deliveries, digest, pipe, stack_with_papers, state};
use crate::support::fixtures::import_day;
use crate::support::journey::manage_token;
use crate::support::returned::{dsn, headers, no_such_user};
use crate::support::{Mail, Stack};

#[tokio::test(flavor = "multi_thread")]
async fn mail_to_the_unsubscribe_address_unsubscribes() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let address = |mail: &Mail| {
        let header = mail.header("List-Unsubscribe").unwrap();
        let (_, mailto) = header.split_once("<mailto:").unwrap();
        mailto.strip_suffix("?subject=unsubscribe>").unwrap().to_owned()
    };
    // Only the address counts, in the envelope or in the header, not the text.
    let mail = digest(&stack, &client, "ada@example.org").await;
    let written =
        "From: ada@example.org\r\nTo: x@example.org\r\nSubject: Please stop\r\n\r\nI have enough.\r\n";
    let output = stack.pipe(&["bounce", "--recipient", &address(&mail)], written.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(state(&stack, "ada@example.org").await, "UNSUBSCRIBED UNSUBSCRIBED");
    // A mail program of the reader marks its request as automatic.
    let mail = digest(&stack, &client, "bob@example.org").await;
    let written = format!(
        "From: Bob <bob@example.org>\r\nTo: {}\r\nAuto-Submitted: auto-replied\r\nSubject: unsubscribe\r\n\r\n\
         Sent by a mail program to unsubscribe from a list.\r\n",
        address(&mail)
    );
    assert_eq!(pipe(&stack, &written), 0);
    assert_eq!(state(&stack, "bob@example.org").await, "UNSUBSCRIBED UNSUBSCRIBED");
    assert_eq!(deliveries(&stack, "bob@example.org").await, ["SENT", "SENT"]);
    // A forged mark changes nothing.
    let mail = digest(&stack, &client, "cy@example.org").await;
    let mut invented = address(&mail);
    let put = if &invented[25..26] == "a" { "b" } else { "a" };
    invented.replace_range(25..26, put);
    let written = format!("From: cy@example.org\r\nTo: {invented}\r\nSubject: unsubscribe\r\n\r\n");
    assert_eq!(pipe(&stack, &written), 0);
    assert_eq!(state(&stack, "cy@example.org").await, "ACTIVE -");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bounce_command_fails_temporarily_if_it_cannot_store() {
    let stack = Stack::new().await;
    stack.set("SECRET_KEY", "short");
    assert_eq!(pipe(&stack, "Subject: x\r\n\r\nx"), 75);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bounce_command_needs_no_dkim_key() {
    let (stack, server) = stack_with_papers().await;
    let mail = digest(&stack, &server.client(), "ada@example.org").await;
    stack.set("DKIM_KEY", "/nowhere/dkim.pem");
    stack.set("DKIM_SELECTOR", "papers2026");
    assert_eq!(pipe(&stack, &no_such_user(&mail)), 0);
    stack.done(&["migrate"]);
    // Commands that render mail sign it.
    assert_eq!(stack.run(&["doctor"]).status.code(), Some(1));
    assert_eq!(stack.run(&["digest", "preview"]).status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_a_subscriber_erases_stored_bounces() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    let token = manage_token(&stack, &client, "ada@example.org").await;
    let full = dsn(&mail, "failed", "5.2.2", "552 5.2.2 mailbox full", &headers(&mail));
    assert_eq!(pipe(&stack, &full), 0);
    // The same for a report without a valid mark that names the address.
    let named = no_such_user(&mail)
        .replace(&mail.header("X-Delivery").unwrap(), "x")
        .replace(&mail.sender, "x@example.org");
    assert_eq!(pipe(&stack, &named), 0);
    let export =
        "mutation($token: String!) { exportSubscription(token: $token) { json userErrors { code } } }";
    let export = client.mutate(export, json!({ "token": token })).await;
    let export: Value = serde_json::from_str(export.text("json")).unwrap();
    assert_eq!(export["returned"][0]["kind"], "SOFT");
    assert_eq!(export["returned"].as_array().unwrap().len(), 2);
    let erase =
        "mutation($token: String!) { eraseSubscription(token: $token) { erased userErrors { code } } }";
    client.ok(erase, json!({ "token": token })).await;
    assert_eq!(
        stack.count("SELECT COUNT(*) FROM bounce WHERE LENGTH(message) > 0 OR diagnostic IS NOT NULL").await,
        0
    );
    assert_eq!(stack.rows("SELECT reason FROM suppression").await, ["ERASED"]);
    // A later bounce of a mail to an erased address is stored, and suppresses nobody.
    let late = format!("Received: by another\r\n{}", no_such_user(&mail));
    assert_eq!(pipe(&stack, &late), 0);
    assert_eq!(stack.rows("SELECT reason FROM suppression").await, ["ERASED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn bounces_can_be_posted_with_the_bounce_token() {
    let stack = Stack::new().await;
    stack.set("BOUNCE_TOKEN", TOKEN);
    stack.set("BOUNCE_DOMAIN", "bounces.example.org");
    import_day(&stack, "2026-01-06", 1..16);
    let server = stack.serve().await;
    let mail = digest(&stack, &server.client(), "ada@example.org").await;
    let http = reqwest::Client::new();
    let post = |token: &str, kind: &str, body: String| {
        let request = http.post(server.url("/mail/bounces?recipient=x%40example.org"));
        request.bearer_auth(token).header("content-type", kind).body(body).send()
    };
    for (token, kind, body, status) in [
        ("wrong", "message/rfc822", no_such_user(&mail), 401),
        ("", "message/rfc822", no_such_user(&mail), 401),
        (TOKEN, "text/plain", no_such_user(&mail), 415),
        (TOKEN, "application/json", no_such_user(&mail), 400),
        ("wrong", "application/json", no_such_user(&mail), 401),
        (TOKEN, "message/rfc822", "x".repeat(1_100_000), 413),
    ] {
        assert_eq!(post(token, kind, body).await.unwrap().status(), status);
    }
    assert_eq!(http.get(server.url("/mail/bounces")).send().await.unwrap().status(), 405);
    assert_eq!(stack.count("SELECT COUNT(*) FROM bounce").await, 0);
    let answer = post(TOKEN, "message/rfc822; charset=utf-8", no_such_user(&mail)).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.json::<Value>().await.unwrap(),
        json!({ "kind": "HARD", "marked": true, "known": false })
    );
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED HARD_BOUNCE");
    let answer = post(TOKEN, "message/rfc822", no_such_user(&mail)).await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "known": true }));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bounce_token_setting_posting_bounces_is_not_found() {
    let (_stack, server) = stack_with_papers().await;
    let request = reqwest::Client::new().post(server.url("/mail/bounces")).bearer_auth("");
    assert_eq!(request.body("x").send().await.unwrap().status(), 404);
}
