//! The date of the next digest: after downtime, a pause, a change of the time zone, and new time zone rules.

use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::digests;
use crate::support::fixtures::{import_day, stack_with_papers};
use crate::support::graphql::{EmailSubscription, NO_ERRORS};
use crate::support::journey::{UPDATE, manage_token, subscribe};
use crate::support::{Stack, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_late_by_six_hours_is_sent_and_a_later_one_skipped() {
    let (stack, server) = stack_with_papers(1..4).await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    import_day(&stack, "2026-01-07", 10..12);
    import_day(&stack, "2026-01-08", 20..22);
    import_day(&stack, "2026-01-12", 30..32);
    server.stop();

    // Down at 08:00 on Thursday; up again less than six hours later.
    stack.advance_to("2026-01-08T13:30:00Z").await;
    let server = stack.serve().await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 3).await.papers(), ["Paper 10", "Paper 11"]);
    server.stop();

    // Down for days: one row records it, and the next digest has the papers.
    stack.advance_to("2026-01-12T20:00:00Z").await;
    let server = stack.serve().await;
    let client = server.client();
    let token = manage_token(&stack, &client, "ada@example.org").await;
    eventually("the digest is skipped as too late", || async {
        (digests(&client, &token).await.first()? == "2026-01-12 SKIPPED TOO_LATE - 0").then_some(())
    })
    .await;
    stack.advance_to("2026-01-13T08:10:00Z").await;
    let papers = stack.smtp.nth_to("ada@example.org", 5).await.papers();
    assert_eq!(papers, ["Paper 30", "Paper 31", "Paper 20", "Paper 21"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_waits_for_its_day_to_be_complete() {
    // The 6th ends at 02:30 UTC of the 7th and is complete at 04:30.
    let stack = Stack::at("2026-01-06T12:00:00Z").await;
    stack.set("FEED_TIME_ZONE", "America/New_York");
    stack.set("FEED_CLOSES_AT", "21:30");
    import_day(&stack, "2026-01-05", 1..3);
    let server = stack.serve().await;
    let client = server.client();
    let input = json!({ "email": "ada@example.org", "sendTime": "03:00" });
    subscribe(&stack, &client, input).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    stack.advance_to("2026-01-07T03:10:00Z").await;
    server.wait_for_sweep(stack.now()).await;
    import_day(&stack, "2026-01-06", 10..13);
    stack.advance_to("2026-01-07T04:29:00Z").await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(stack.smtp.mails().len(), 2);
    stack.advance_to("2026-01-07T04:31:00Z").await;
    let digest = stack.smtp.nth_to("ada@example.org", 3).await;
    assert_eq!(digest.papers().len(), 3);
    let token = manage_token(&stack, &client, "ada@example.org").await;
    eventually("the digest is sent for its date", || async {
        (digests(&client, &token).await[0] == "2026-01-07 SENT - 2026-01-06 3").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_the_time_zone_never_sends_two_digests_for_one_date() {
    let stack = Stack::at("2026-01-07T07:00:00Z").await;
    import_day(&stack, "2026-01-05", 1..3);
    let server = stack.serve().await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    let token = manage_token(&stack, &client, "ada@example.org").await;
    import_day(&stack, "2026-01-06", 10..12);
    for zone in ["Pacific/Auckland", "Pacific/Honolulu", "Europe/Paris", "America/New_York", "UTC"] {
        let answer = client
            .mutate(UPDATE, json!({ "token": token, "input": { "timeZone": zone, "sendTime": "08:00" } }))
            .await;
        assert_eq!(answer.user_errors(), NO_ERRORS);
        stack.advance(TimeDelta::hours(3)).await;
        server.wait_for_sweep(stack.now()).await;
    }
    stack.advance_to("2026-01-08T08:10:00Z").await;
    stack.smtp.nth_to("ada@example.org", 4).await;
    server.wait_for_sweep(stack.now()).await;
    let sent =
        stack.rows("SELECT CAST(local_date AS TEXT) FROM delivery WHERE kind = 'DIGEST' ORDER BY 1").await;
    let mut unique = sent.clone();
    unique.dedup();
    assert_eq!(sent, unique);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_of_more_than_a_year_is_refused() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let token = manage_token(&stack, &client, "ada@example.org").await;
    for day in ["2027-01-09", "2999-12-31"] {
        let answer = client.mutate(UPDATE, json!({ "token": token, "input": { "pausedUntil": day } })).await;
        assert_eq!(answer.user_errors(), ["INVALID input.pausedUntil"], "{day}");
    }
    let input = json!({ "pausedUntil": "2027-01-08", "cadence": "MONTHLY", "weekdays": ["SUNDAY"] });
    let answer = client.mutate(UPDATE, json!({ "token": token, "input": input })).await;
    let next = answer.read::<EmailSubscription>("emailSubscription").next_digest_at;
    assert!(next.is_some_and(|next| next.starts_with("2027-01-10T08:0")), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_time_zone_rules_move_due_dates() {
    let (stack, server) = stack_with_papers(1..4).await;
    let client = server.client();
    let settings = json!({ "email": "ada@example.org", "timeZone": "Europe/Paris", "sendTime": "08:00" });
    subscribe(&stack, &client, settings).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    assert_eq!(server.stop().code(), Some(0));
    let due = "SELECT CAST(next_due_at AS TEXT) FROM subscription";
    let right = stack.rows(due).await;
    let release = "SELECT release FROM tzdb_release";
    let known = stack.rows(release).await;
    stack.set("LOG", "info,sqlx=debug");
    // As an older build with other rules left it; rules newer than this build are kept.
    let wrong = "2026-01-08T05:30:00+00:00";
    for (by, is_moved) in [("2019a", true), ("9999z", false)] {
        let database = stack.database().await;
        for change in [
            format!("UPDATE subscription SET next_due_at = '{wrong}'"),
            format!("UPDATE tzdb_release SET release = '{by}'"),
        ] {
            database.execute_unprepared(&change).await.unwrap();
        }
        database.close().await.unwrap();
        let server = stack.serve().await;
        eventually("the planner has run", || async {
            server.log().contains(r#"FROM \"tzdb_release\""#).then_some(())
        })
        .await;
        // It finishes what it has started.
        assert_eq!(server.stop().code(), Some(0));
        assert_eq!(stack.rows(due).await == right, is_moved, "by the rules of {by}");
        assert_eq!(stack.rows(release).await == known, is_moved);
    }
}
