//! Deliveries that the mail server refuses, defers or does not answer.

use chrono::TimeDelta;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::fixtures::{import_day, stack_with_papers};
use crate::support::graphql::NO_ERRORS;
use crate::support::journey::{SUBSCRIBE, manage_token, own, subscribe, subscribers};
use crate::support::{Process, Reaction, Stack, Step, eventually};

/// The latest digest to an address: status, reason and number of attempts.
async fn latest(stack: &Stack, email: &str) -> String {
    let sql = format!(
        "SELECT status || ' ' || COALESCE(reason, '-') || ' ' || attempt FROM delivery \
         WHERE kind = 'DIGEST' AND recipient = '{email}' ORDER BY id DESC LIMIT 1"
    );
    stack.rows(&sql).await.pop().unwrap_or_default()
}

async fn wait_for_state(stack: &Stack, email: &str, state: &str) {
    eventually(state, || async { (latest(stack, email).await == state).then_some(()) }).await;
}

/// Has an administrator retry deliveries of a status, of the edition of the 6th.
async fn retry(stack: &Stack, server: &Process, status: &str) {
    let admin = server.admin(stack);
    let edition = admin.field("{ edition(cadence: DAILY, period: \"2026-01-06\") { id } }").await;
    let id = edition["id"].as_str().unwrap().to_owned();
    let mutation = format!(
        "mutation {{ retryDeliveries(editionId: \"{id}\", statuses: [{status}]) {{ userErrors {{ code }} }} }}"
    );
    assert_eq!(admin.mutate(&mutation, json!({})).await.user_errors(), NO_ERRORS);
}

/// Sets the reaction to the final dot of digests; everything else is accepted.
fn on_digest(stack: &Stack, reaction: Reaction) {
    let confirmations = Arc::new(AtomicUsize::new(0));
    stack.smtp.script(move |step| match step {
        // The first message is the confirmation.
        Step::Dot(_) if confirmations.fetch_add(1, Ordering::SeqCst) > 0 => reaction.clone(),
        _ => Reaction::Take,
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deferred_digest_is_retried_and_sent_once() {
    let (stack, server) = stack_with_papers(1..16).await;
    on_digest(&stack, Reaction::Say("451 4.2.0 greylisted"));
    subscribe(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    wait_for_state(&stack, "ada@example.org", "DEFERRED - 1").await;
    // The first delay is five minutes, plus or minus a fifth.
    stack.advance(TimeDelta::seconds(239)).await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(latest(&stack, "ada@example.org").await, "DEFERRED - 1");
    stack.smtp.take_all();
    stack.advance(TimeDelta::seconds(122)).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    assert_eq!(digest.papers().len(), 10);
    wait_for_state(&stack, "ada@example.org", "SENT - 2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_that_is_deferred_for_a_day_expires() {
    let (stack, server) = stack_with_papers(1..16).await;
    on_digest(&stack, Reaction::Say("452 4.2.2 mailbox full"));
    subscribe(&stack, &server.client(), json!({ "email": "ada@example.org", "weekdays": ["MONDAY"] })).await;
    for _ in 0..14 {
        stack.advance(TimeDelta::hours(2)).await;
        server.wait_for_sweep(stack.now()).await;
    }
    eventually("the digest is expired", || async {
        latest(&stack, "ada@example.org").await.starts_with("EXPIRED RETRIES_EXHAUSTED").then_some(())
    })
    .await;
    assert_eq!(stack.smtp.mails().len(), 1);
    stack.smtp.take_all();
    retry(&stack, &server, "EXPIRED").await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 2).await.papers().len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_does_not_exist_is_suppressed() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "gone@example.org" })).await;
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("gone@example.org", 2).await;
    let token = manage_token(&stack, &client, "gone@example.org").await;
    stack.smtp.script(|step| match step {
        Step::Rcpt(to) if to == "gone@example.org" => {
            Reaction::Say("550 5.1.1 <gone@example.org>: no such user")
        }
        _ => Reaction::Take,
    });
    import_day(&stack, "2026-01-07", 20..22);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    wait_for_state(&stack, "gone@example.org", "FAILED BAD_RECIPIENT 1").await;
    // The other subscriber gets the digest over the same connection.
    stack.smtp.nth_to("ada@example.org", 3).await;
    stack.set_clock("2026-01-08T09:00:00Z".parse().unwrap());
    let own = own(&client, &token).await.unwrap();
    assert_eq!((own.status.as_str(), own.suppression.as_deref()), ("SUPPRESSED", Some("HARD_BOUNCE")));
    assert_eq!(own.next_digest_at, None);
    // The stored and logged refusal does not name the address.
    let kept = "SELECT note FROM suppression UNION ALL SELECT reply FROM delivery WHERE status = 'FAILED'";
    assert_eq!(stack.rows(kept).await, ["550 5.1.1 <g***@example.org>: no such user"; 2]);
    assert!(!server.log().contains("gone@example.org"), "{}", server.log());
    // The reply is for administrators only.
    assert!(own.deliveries[0]["reply"].is_null());
    stack.smtp.take_all();
    import_day(&stack, "2026-01-08", 30..32);
    stack.advance_to("2026-01-09T08:10:00Z").await;
    stack.smtp.nth_to("ada@example.org", 4).await;
    assert_eq!(stack.smtp.mails_to("gone@example.org").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_by_policy_suppresses_nobody() {
    let (stack, server) = stack_with_papers(1..16).await;
    on_digest(&stack, Reaction::Say("550 5.7.1 we do not like you"));
    let subscription = subscribe(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    wait_for_state(&stack, "ada@example.org", "FAILED POLICY 1").await;
    assert_eq!(subscription.status, "ACTIVE");
    assert_eq!(stack.count("SELECT COUNT(*) FROM suppression").await, 0);
    // The papers come with the next edition.
    stack.smtp.take_all();
    import_day(&stack, "2026-01-07", 20..22);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 2).await.papers().len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_mail_server_uses_up_no_attempt() {
    let (stack, server) = stack_with_papers(1..16).await;
    for (reaction, step) in [
        (Reaction::Say("421 4.3.2 too busy"), Step::Connect),
        (Reaction::Close, Step::Connect),
        (Reaction::Say("451 4.7.1 slow down"), Step::Ehlo),
    ] {
        stack.smtp.script(move |at| if *at == step { reaction.clone() } else { Reaction::Take });
        server.client().ok(SUBSCRIBE, json!({ "input": { "email": "ada@example.org" } })).await;
        stack.advance(TimeDelta::minutes(6)).await;
        server.wait_for_sweep(stack.now()).await;
    }
    assert_eq!(stack.smtp.mails().len(), 0);
    let state = "SELECT status || ' ' || deferrals FROM delivery";
    eventually("the delivery is queued", || async {
        (stack.rows(state).await == ["QUEUED 0"]).then_some(())
    })
    .await;
    stack.smtp.take_all();
    stack.advance(TimeDelta::minutes(6)).await;
    stack.smtp.nth_to("ada@example.org", 1).await;
    eventually("the deliveries are sent", || async { (stack.rows(state).await == ["SENT 0"]).then_some(()) })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_in_doubt_is_sent_again_once() {
    let (stack, server) = stack_with_papers(1..16).await;
    on_digest(&stack, Reaction::TakeAndClose);
    subscribe(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    wait_for_state(&stack, "ada@example.org", "IN_DOUBT - 1").await;
    stack.advance(TimeDelta::minutes(29)).await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(stack.smtp.mails().len(), 2);
    stack.advance(TimeDelta::minutes(2)).await;
    wait_for_state(&stack, "ada@example.org", "IN_DOUBT - 2").await;
    stack.advance(TimeDelta::hours(5)).await;
    server.wait_for_sweep(stack.now()).await;
    let mails = stack.smtp.mails_to("ada@example.org");
    assert_eq!(mails.len(), 3);
    assert_eq!(mails[1].message_id(), mails[2].message_id());
    assert_eq!(mails[1].octets, mails[2].octets);
    // Only an administrator can have it sent once more.
    stack.smtp.take_all();
    retry(&stack, &server, "IN_DOUBT").await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 4).await.message_id(), mails[1].message_id());
    wait_for_state(&stack, "ada@example.org", "SENT - 3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unsubscribing_stops_a_deferred_digest() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let first = stack.smtp.nth_to("ada@example.org", 2).await;
    stack.smtp.script(|step| match step {
        Step::Dot(_) => Reaction::Say("451 4.3.0 later"),
        _ => Reaction::Take,
    });
    import_day(&stack, "2026-01-07", 20..22);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    wait_for_state(&stack, "ada@example.org", "DEFERRED - 1").await;
    let answer = reqwest::Client::new()
        .post(server.url(&format!("/unsubscribe/{}", first.token("/unsubscribe/"))))
        .body("List-Unsubscribe=One-Click");
    assert_eq!(answer.send().await.unwrap().status(), 200);
    assert_eq!(latest(&stack, "ada@example.org").await, "SUPPRESSED UNSUBSCRIBED 1");
    stack.smtp.take_all();
    stack.advance(TimeDelta::hours(1)).await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(stack.smtp.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_digest_supersedes_a_deferred_one() {
    let (stack, server) = stack_with_papers(1..16).await;
    on_digest(&stack, Reaction::Say("451 4.2.0 later"));
    subscribe(&stack, &server.client(), json!({ "email": "ada@example.org", "maxPapers": 50 })).await;
    wait_for_state(&stack, "ada@example.org", "DEFERRED - 1").await;
    import_day(&stack, "2026-01-07", 20..22);
    stack.advance_to("2026-01-08T07:00:00Z").await;
    server.wait_for_sweep(stack.now()).await;
    stack.smtp.script(|_| Reaction::Close);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    // The planner waits for deliveries in flight, a minute at a time.
    eventually("the digest is superseded", || async {
        stack.set_clock(stack.now() + TimeDelta::minutes(1));
        let rows = stack
            .rows("SELECT status || ' ' || COALESCE(reason, '-') FROM delivery WHERE kind = 'DIGEST' ORDER BY id")
            .await;
        server.wait_for_sweep(stack.now()).await;
        (rows == ["EXPIRED SUPERSEDED", "QUEUED -"]).then_some(())
    })
    .await;
    stack.smtp.take_all();
    stack.advance(TimeDelta::minutes(6)).await;
    // The second one has the papers of the first.
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    assert_eq!(digest.papers().len(), 17);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttling_reply_holds_the_lane() {
    let (stack, server) = stack_with_papers(1..16).await;
    let client = server.client();
    let emails = subscribers(&stack, &client, 12).await;
    import_day(&stack, "2026-01-07", 20..22);
    // Only one of the connections gets the throttling reply.
    let told = Arc::new(AtomicUsize::new(0));
    let count = told.clone();
    stack.smtp.script(move |step| match step {
        Step::Rcpt(_) if count.fetch_add(1, Ordering::SeqCst) == 2 => Reaction::Say("421 4.7.28 slow down"),
        _ => Reaction::Take,
    });
    stack.set_clock("2026-01-08T08:10:00Z".parse().unwrap());
    eventually("the lane is held", || async { server.log().contains("mail is held back").then_some(()) })
        .await;
    server.wait_for_sweep(stack.now()).await;
    // Deliveries in flight were finished; no others were started.
    let asked = told.load(Ordering::SeqCst);
    assert!(asked <= 8, "{asked} recipients were sent");
    stack.advance(TimeDelta::seconds(61)).await;
    for email in &emails {
        stack.smtp.nth_to(email, 3).await;
    }
}
