//! Bounce surges: far more missing mailboxes than usual suppress nobody, and pause digests.

use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::{deliveries, digest, pipe, stack_with_papers, state};
use crate::support::fixtures::{import_day, import_subscribers};
use crate::support::graphql::nodes;
use crate::support::journey::{ask, sending_state, subscription_id};
use crate::support::returned::no_such_user;
use crate::support::{Reaction, Stack, Step, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_bounce_surge_suppresses_nobody_and_pauses_digests() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mut mails = Vec::new();
    for number in 0..12 {
        mails.push(digest(&stack, &client, &format!("ada{number}@example.org")).await);
    }
    for mail in &mails[..9] {
        assert_eq!(pipe(&stack, &no_such_user(mail)), 0);
    }
    // Nine are not unusual, even for a small list.
    assert_eq!(state(&stack, "ada0@example.org").await, "SUPPRESSED HARD_BOUNCE");
    assert_eq!(pipe(&stack, &no_such_user(&mails[9])), 0);
    for number in 0..12 {
        assert_eq!(state(&stack, &format!("ada{number}@example.org")).await, "ACTIVE -", "{number}");
    }
    assert_eq!(deliveries(&stack, "ada0@example.org").await, ["SENT", "BOUNCED"]);
    let admin = server.admin(&stack);
    let sending = sending_state(&admin).await;
    assert_eq!(sending.paused_at.as_deref(), Some("2026-01-07T12:00:00Z"));
    let reason = sending.reason.unwrap();
    assert!(reason.contains("10 mailboxes did not exist today while 12 digests were accepted"), "{reason}");
    let log = admin.field("{ admin { auditLog { nodes { action actor { handle } } } } }").await;
    assert_eq!(nodes(&log["auditLog"])[1], json!({ "action": "pauseSending", "actor": null }));
    // Another one neither suppresses nor pauses anything again.
    assert_eq!(pipe(&stack, &no_such_user(&mails[10])), 0);
    assert_eq!(state(&stack, "ada10@example.org").await, "ACTIVE -");
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription WHERE next_due_at IS NULL").await, 0);
    // After resuming, the surge is over: earlier bounces no longer count.
    stack.advance(TimeDelta::hours(1)).await;
    admin.get("mutation { resumeSending { sending { pausedAt } } }").await;
    stack.advance(TimeDelta::minutes(1)).await;
    assert_eq!(pipe(&stack, &no_such_user(&mails[11])), 0);
    assert_eq!(state(&stack, "ada11@example.org").await, "SUPPRESSED HARD_BOUNCE");
    assert_eq!(sending_state(&admin).await.paused_at, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bounce_surge_does_not_resubscribe_anyone() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mut mails = Vec::new();
    for number in 0..10 {
        mails.push(digest(&stack, &client, &format!("ada{number}@example.org")).await);
    }
    for mail in &mails[..9] {
        assert_eq!(pipe(&stack, &no_such_user(mail)), 0);
    }
    // One by the button of a mail program, the other by an administrator.
    let page = format!("/unsubscribe/{}", mails[0].token("/unsubscribe/"));
    let http = reqwest::Client::new();
    let shown = http.get(server.url(&page)).send().await.unwrap().text().await.unwrap();
    assert!(shown.contains("<button"), "{shown}");
    let left = http.post(server.url(&page)).form(&[("List-Unsubscribe", "One-Click")]).send().await.unwrap();
    assert_eq!(left.status(), 200);
    let admin = server.admin(&stack);
    let id = subscription_id(&admin, "ada1@example.org").await;
    let end = "mutation($id: ID!) { unsubscribeSubscriber(id: $id) { userErrors { code } } }";
    admin.ok(end, json!({ "id": id })).await;
    for email in ["ada0@example.org", "ada1@example.org"] {
        assert_eq!(state(&stack, email).await, "UNSUBSCRIBED UNSUBSCRIBED");
    }
    assert_eq!(pipe(&stack, &no_such_user(&mails[9])), 0);
    assert_eq!(state(&stack, "ada2@example.org").await, "ACTIVE -");
    for email in ["ada0@example.org", "ada1@example.org"] {
        assert_eq!(state(&stack, email).await, "UNSUBSCRIBED UNSUBSCRIBED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bounced_confirmations_do_not_pause_digests() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    for number in 0..11 {
        let mail = ask(&stack, &client, json!({ "email": format!("ada{number}@example.org") })).await;
        stack.settle().await;
        assert_eq!(pipe(&stack, &no_such_user(&mail)), 0);
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM suppression").await, 11);
    let admin = server.admin(&stack);
    assert_eq!(sending_state(&admin).await.paused_at, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_counts_once_in_a_bounce_surge() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mut mails = Vec::new();
    for name in ["ada", "bob", "cy", "dot", "fay"] {
        mails.push(digest(&stack, &client, &format!("{name}@example.org")).await);
    }
    // As if a server had accepted a mail and refused its recipient in another attempt.
    let database = stack.database().await;
    let refused = "UPDATE delivery SET reason = 'BAD_RECIPIENT', judged_at = sent_at WHERE kind = 'DIGEST'";
    database.execute_unprepared(refused).await.unwrap();
    database.close().await.unwrap();
    for round in 0..3 {
        for mail in &mails {
            let returned = format!("Received: by {round}\r\n{}", no_such_user(mail));
            assert_eq!(pipe(&stack, &returned), 0);
        }
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM bounce").await, 15);
    let last = digest(&stack, &client, "eve@example.org").await;
    assert_eq!(pipe(&stack, &no_such_user(&last)), 0);
    assert_eq!(state(&stack, "eve@example.org").await, "SUPPRESSED HARD_BOUNCE");
    let admin = server.admin(&stack);
    assert_eq!(sending_state(&admin).await.paused_at, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_surge_of_refused_recipients_suppresses_nobody() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    import_subscribers(&stack, 30);
    import_day(&stack, "2026-01-07", 1..4);
    stack.smtp.script(|step| match step {
        Step::Rcpt(_) => Reaction::Say("550 5.1.1 no such user"),
        _ => Reaction::Take,
    });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let admin = server.admin(&stack);
    let reason = eventually("digests are paused", || async {
        let sending = sending_state(&admin).await;
        sending.paused_at.map(|_| sending.reason.unwrap())
    })
    .await;
    assert!(reason.contains("while 0 digests were accepted"), "{reason}");
    stack.settle().await;
    assert_eq!(stack.count("SELECT COUNT(*) FROM suppression").await, 0);
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription WHERE status = 'ACTIVE'").await, 30);
    assert_eq!(stack.count("SELECT COUNT(*) FROM delivery WHERE status = 'BOUNCED'").await, 0);
}
