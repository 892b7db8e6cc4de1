//! Editions that administrators open.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::fixtures::import_day;
use crate::support::journey::subscribe;
use crate::support::{Client, Process, Reaction, Stack, Step, eventually};

const OPEN: &str = "mutation($period: FeedPeriod!) { openEdition(cadence: DAILY, period: $period) {
    edition { period subject progress { planned sent queued } } userErrors { code field } } }";

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_can_open_an_edition() {
    let stack = Stack::at("2026-01-06T12:00:00Z").await;
    let server = stack.serve().await;
    let client = server.client();
    let admin = server.admin(&stack);
    for number in 0..3 {
        subscribe(&stack, &client, json!({ "email": format!("a{number}@example.org") })).await;
    }
    let empty = admin.mutate(OPEN, json!({ "period": "2026-01-05" })).await;
    assert_eq!(empty.user_errors(), ["NOT_FOUND period"]);
    let early = admin.mutate(OPEN, json!({ "period": "2026-01-06" })).await;
    assert_eq!(early.user_errors(), ["INVALID period"]);
    assert_eq!(client.code(OPEN, json!({ "period": "2026-01-06" })).await, "UNAUTHENTICATED");

    import_day(&stack, "2026-01-06", 1..4);
    stack.advance_to("2026-01-07T05:00:00Z").await;
    for _ in 0..2 {
        let opened = admin.mutate(OPEN, json!({ "period": "2026-01-06" })).await;
        assert_eq!(opened["edition"]["period"], "2026-01-06");
    }
    for number in 0..3 {
        stack.smtp.nth_to(&format!("a{number}@example.org"), 2).await;
    }
    // The regular digest of the day is sent to nobody, because everyone has it.
    stack.advance_to("2026-01-07T08:10:00Z").await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(stack.smtp.mails().len(), 6);
    let progress = "{ edition(cadence: DAILY, period: \"2026-01-06\") { progress { planned sent } } }";
    assert_eq!(admin.field(progress).await["progress"], json!({ "planned": 3, "sent": 3 }));
    assert!(client.field(progress).await["progress"].is_null());
}

/// Two minutes before the 6th is complete, and before midnight of the subscriber: the first digest, of the
/// 5th, gets this reaction.
async fn stack_with_a_digest_in_flight(reaction: Reaction) -> (Stack, Process, Client) {
    let stack = Stack::at("2026-01-06T21:58:00Z").await;
    stack.set("FEED_CLOSES_AT", "20:00");
    stack.set("FEED_TIME_ZONE", "UTC");
    import_day(&stack, "2026-01-05", 1..4);
    import_day(&stack, "2026-01-06", 10..12);
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    let mut dots = 0;
    stack.smtp.script(move |step| match step {
        Step::Dot(_) => {
            dots += 1;
            if dots > 1 { reaction.clone() } else { Reaction::Take }
        }
        _ => Reaction::Take,
    });
    let input = json!({ "email": "ada@example.org", "timeZone": "Europe/Athens", "maxPapers": 50 });
    subscribe(&stack, &server.client(), input).await;
    (stack, server, admin)
}

async fn states(stack: &Stack) -> Vec<String> {
    let sql = "SELECT status || ' ' || COALESCE(reason, '-') FROM delivery WHERE kind = 'DIGEST' ORDER BY id";
    stack.rows(sql).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opened_edition_supersedes_a_deferred_digest() {
    let (stack, _server, admin) = stack_with_a_digest_in_flight(Reaction::Say("451 4.2.0 later")).await;
    eventually("the digest is deferred", || async { (states(&stack).await == ["DEFERRED -"]).then_some(()) })
        .await;
    stack.smtp.take_all();
    // Past midnight and the end of the day, before the second attempt.
    stack.advance_to("2026-01-06T22:01:00Z").await;
    admin.ok(OPEN, json!({ "period": "2026-01-06" })).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    assert_eq!(digest.papers().len(), 5);
    assert!(digest.subject().ends_with("(6 Jan)"), "{}", digest.subject());
    eventually("the deliveries are sent", || async {
        (states(&stack).await == ["EXPIRED SUPERSEDED", "SENT -"]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opened_edition_waits_for_a_digest_in_flight() {
    let (stack, server, admin) = stack_with_a_digest_in_flight(Reaction::Hold).await;
    let first = stack.smtp.nth_to("ada@example.org", 2).await;
    let began = server.log().len();
    stack.set_clock("2026-01-06T22:01:00Z".parse().unwrap());
    server.wait_for_job("plan-digests", began).await;
    let began = server.log().len();
    admin.ok(OPEN, json!({ "period": "2026-01-06" })).await;
    server.wait_for_job("plan-digests", began).await;
    assert_eq!(states(&stack).await, ["SENDING -"]);
    stack.smtp.take_all();
    stack.smtp.go_on();
    stack.advance(TimeDelta::minutes(1)).await;
    let second = stack.smtp.nth_to("ada@example.org", 3).await;
    assert_eq!(first.papers(), ["Paper 1", "Paper 2", "Paper 3"]);
    assert_eq!(second.papers(), ["Paper 10", "Paper 11"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opened_edition_is_sent_after_an_empty_digest() {
    let stack = Stack::at("2026-01-06T12:00:00Z").await;
    import_day(&stack, "2026-01-05", 1..4);
    let server = stack.serve().await;
    let client = server.client();
    let admin = server.admin(&stack);
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    stack.advance_to("2026-01-07T08:10:00Z").await;
    let states = || states(&stack);
    eventually("the digest is skipped", || async {
        (states().await == ["SENT -", "SKIPPED EMPTY"]).then_some(())
    })
    .await;
    // The papers of the 6th are imported late, and the administrator opens their edition.
    import_day(&stack, "2026-01-06", 10..12);
    stack.advance_to("2026-01-07T10:00:00Z").await;
    admin.ok(OPEN, json!({ "period": "2026-01-06" })).await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 3).await.papers(), ["Paper 10", "Paper 11"]);
    let expected = ["SENT -", "SKIPPED EMPTY", "SENT -"];
    eventually("the deliveries are sent", || async { (states().await == expected).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opened_edition_supersedes_a_deferred_digest_of_the_same_date() {
    // For a subscriber in New York it is Tuesday all the time.
    let stack = Stack::at("2026-01-06T21:58:00Z").await;
    stack.set("FEED_CLOSES_AT", "20:00");
    stack.set("FEED_TIME_ZONE", "UTC");
    import_day(&stack, "2026-01-05", 1..4);
    import_day(&stack, "2026-01-06", 10..12);
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    let mut dots = 0;
    stack.smtp.script(move |step| match step {
        Step::Dot(_) => {
            dots += 1;
            if dots > 1 { Reaction::Say("451 4.2.0 later") } else { Reaction::Take }
        }
        _ => Reaction::Take,
    });
    let input = json!({ "email": "ada@example.org", "timeZone": "America/New_York", "maxPapers": 50 });
    subscribe(&stack, &server.client(), input).await;
    eventually("the digest is deferred", || async { (states(&stack).await == ["DEFERRED -"]).then_some(()) })
        .await;
    stack.smtp.take_all();
    stack.advance_to("2026-01-06T22:01:00Z").await;
    admin.ok(OPEN, json!({ "period": "2026-01-06" })).await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 2).await.papers().len(), 5);
    eventually("the deliveries are sent", || async {
        (states(&stack).await == ["EXPIRED SUPERSEDED", "SENT -"]).then_some(())
    })
    .await;
    // On a date that has had its digest nothing is superseded, and nothing more is sent.
    import_day(&stack, "2026-01-04", 20..22);
    admin.ok(OPEN, json!({ "period": "2026-01-04" })).await;
    server.next_sweep(&stack).await;
    assert_eq!(states(&stack).await, ["EXPIRED SUPERSEDED", "SENT -"]);
}
