//! Digests that an administrator pauses and resumes.

use serde_json::json;

use crate::support::journey::{SUBSCRIBE, sending_state, stack_with_subscribers};
use crate::support::{Reaction, Step, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn paused_digests_are_sent_after_resuming() {
    let (stack, server, admin) = stack_with_subscribers().await;
    let pause = "mutation { pauseSending(reason: \"wrong papers\") { sending { pausedAt reason queued } userErrors { code } } }";
    for _ in 0..2 {
        let paused = admin.mutate(pause, json!({})).await["sending"].clone();
        assert_eq!((&paused["reason"], paused["pausedAt"].is_string()), (&json!("wrong papers"), true));
    }
    stack.advance_to("2026-01-08T08:10:00Z").await;
    eventually("the digests are planned", || async {
        (sending_state(&admin).await.queued == 3).then_some(())
    })
    .await;
    // A confirmation is still sent.
    server.client().ok(SUBSCRIBE, json!({ "input": { "email": "new@example.org" } })).await;
    stack.smtp.nth_to("new@example.org", 1).await;
    server.next_sweep(&stack).await;
    assert_eq!(stack.smtp.mails_to("a0@example.org").len(), 2);
    let resumed = admin.mutate("mutation { resumeSending { sending { pausedAt reason } } }", json!({})).await;
    assert_eq!(resumed["sending"], json!({ "pausedAt": null, "reason": null }));
    for number in 0..3 {
        stack.smtp.nth_to(&format!("a{number}@example.org"), 3).await;
    }
    let actions = "SELECT action FROM audit_entry WHERE actor_id IS NOT NULL ORDER BY id";
    assert_eq!(stack.rows(actions).await, ["pauseSending", "resumeSending"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pausing_stops_deliveries_in_flight() {
    let (stack, _server, admin) = stack_with_subscribers().await;
    stack.smtp.script(|step| match step {
        Step::Rcpt(_) => Reaction::Hold,
        _ => Reaction::Take,
    });
    stack.set_clock("2026-01-08T08:10:00Z".parse().unwrap());
    let sending = "SELECT COUNT(*) FROM delivery WHERE status = 'SENDING'";
    eventually("the deliveries are in flight", || async { (stack.count(sending).await == 3).then_some(()) })
        .await;
    admin.get("mutation { pauseSending(reason: \"stop\") { userErrors { code } } }").await;
    stack.wait_for_claim_checks().await;
    stack.smtp.take_all();
    stack.smtp.go_on();
    eventually("the deliveries are released", || async { (stack.count(sending).await == 0).then_some(()) })
        .await;
    assert_eq!(stack.smtp.mails().len(), 6);
    admin.get("mutation { resumeSending { userErrors { code } } }").await;
    for number in 0..3 {
        stack.smtp.nth_to(&format!("a{number}@example.org"), 3).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_handed_over_before_a_pause_are_not_sent_twice() {
    let (stack, _server, admin) = stack_with_subscribers().await;
    stack.smtp.script(|step| match step {
        Step::Dot(_) => Reaction::Hold,
        _ => Reaction::Take,
    });
    stack.set_clock("2026-01-08T08:10:00Z".parse().unwrap());
    eventually("the messages are handed over", || async { (stack.smtp.mails().len() == 9).then_some(()) })
        .await;
    admin.get("mutation { pauseSending(reason: \"stop\") { userErrors { code } } }").await;
    // Longer than a lease in all. Each renewal is followed by a check for the pause.
    for (now, until) in [("08:15", "08:30"), ("08:20", "08:35"), ("08:27", "08:42")] {
        stack.set_clock(format!("2026-01-08T{now}:00Z").parse().unwrap());
        let renewed = format!(
            "SELECT COUNT(*) FROM delivery WHERE status = 'SENDING' \
             AND SUBSTR(CAST(lease_until AS TEXT), 12, 5) = '{until}'"
        );
        eventually("the leases are renewed", || async { (stack.count(&renewed).await == 3).then_some(()) })
            .await;
    }
    stack.smtp.take_all();
    stack.smtp.go_on();
    stack.settle().await;
    admin.get("mutation { resumeSending { userErrors { code } } }").await;
    let sent = "SELECT COUNT(*) FROM delivery WHERE kind = 'DIGEST' AND status = 'SENT'";
    assert_eq!(stack.count(sent).await, 6);
    assert_eq!(stack.smtp.mails().len(), 9);
}
