//! The papers of a digest: their days, and none twice.

use serde_json::json;

use super::digests;
use crate::support::fixtures::{import_day, item, stack_with_papers, write_day};
use crate::support::journey::{FEATURE, UPDATE, create_paper, feature, manage_token, subscribe};
use crate::support::{Stack, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_digest_is_the_latest_complete_day_that_has_papers() {
    // Noon of the 7th: the 7th is open, the 6th complete.
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-02", 1..4);
    import_day(&stack, "2026-01-07", 10..13);
    let server = stack.serve().await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let digest = stack.smtp.nth_to("ada@example.org", 2).await;
    assert_eq!(digest.papers(), ["Paper 1", "Paper 2", "Paper 3"]);
    assert!(digest.subject().ends_with("(2 Jan)"), "{}", digest.subject());
    // The open day is sent when it is complete, and no paper twice.
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let next = stack.smtp.nth_to("ada@example.org", 3).await;
    assert_eq!(next.papers(), ["Paper 10", "Paper 11", "Paper 12"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_monday_digest_of_a_workday_subscription_includes_the_weekend() {
    let stack = Stack::at("2026-01-09T12:00:00Z").await;
    import_day(&stack, "2026-01-08", 1..3);
    let server = stack.serve().await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    for (day, numbers) in [("2026-01-09", 10..12), ("2026-01-10", 20..22), ("2026-01-11", 30..32)] {
        import_day(&stack, day, numbers);
    }
    stack.advance_to("2026-01-11T12:00:00Z").await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(stack.smtp.mails().len(), 2);
    stack.advance_to("2026-01-12T08:10:00Z").await;
    let monday = stack.smtp.nth_to("ada@example.org", 3).await;
    let mut papers = monday.papers();
    papers.sort();
    assert_eq!(papers, ["Paper 10", "Paper 11", "Paper 20", "Paper 21", "Paper 30", "Paper 31"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_featured_late_are_in_the_next_digest_and_no_paper_is_sent_twice() {
    let (stack, server) = stack_with_papers(1..4).await;
    let client = server.client();
    let curator = server.curator(&stack);
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;

    // Too late for the digest of the 6th.
    let late = json!({ "title": "Late", "abstract": "Text.", "publishedOn": "2026-01-05" });
    let id = create_paper(&curator, late).await;
    assert_eq!(feature(&curator, &id, Some("2026-01-06")).await, "2026-01-06");
    import_day(&stack, "2026-01-07", 10..12);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let next = stack.smtp.nth_to("ada@example.org", 3).await;
    let mut papers = next.papers();
    papers.sort();
    assert_eq!(papers, ["Late", "Paper 10", "Paper 11"]);

    // The same papers imported again, with other votes: no paper is sent twice.
    import_day(&stack, "2026-01-06", 1..4);
    write_day(&stack, "2026-01-08", &[item(50, 1)]);
    stack.done(&["import", "hf-daily", "hf"]);
    stack.advance_to("2026-01-09T08:10:00Z").await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 4).await.papers(), ["Paper 50"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfeatured_paper_can_return_to_its_day_only() {
    let (stack, server) = stack_with_papers(1..3).await;
    let client = server.client();
    let curator = server.curator(&stack);
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    let id = client.paper_id("2601.00001").await;
    let unfeature =
        "mutation($id: ID!) { unfeaturePaper(paperId: $id) { paper { featuredOn } userErrors { code } } }";
    let off = curator.mutate(unfeature, json!({ "id": id })).await;
    assert!(off["paper"]["featuredOn"].is_null());
    let elsewhere = curator.mutate(FEATURE, json!({ "id": id, "on": "2026-01-07" })).await;
    assert_eq!(elsewhere.user_errors(), ["CONFLICT on"]);
    assert_eq!(feature(&curator, &id, Some("2026-01-06")).await, "2026-01-06");
    import_day(&stack, "2026-01-07", 10..11);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 3).await.papers(), ["Paper 10"]);
    // A paper that was in no digest may move to another day.
    import_day(&stack, "2026-01-08", 20..21);
    let id = client.paper_id("2601.00020").await;
    curator.ok(unfeature, json!({ "id": id })).await;
    assert_eq!(feature(&curator, &id, Some("2026-01-07")).await, "2026-01-07");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_without_papers_is_skipped_with_a_reason() {
    let (stack, server) = stack_with_papers(1..4).await;
    let client = server.client();
    let filter = json!({ "email": "odd@example.org", "filter": { "keywords": ["odd numbers"] } });
    subscribe(&stack, &client, filter).await;
    subscribe(&stack, &client, json!({ "email": "none@example.org", "filter": { "authors": ["Nobody"] } }))
        .await;
    assert_eq!(stack.smtp.nth_to("odd@example.org", 2).await.papers(), ["Paper 1", "Paper 3"]);
    let none = manage_token(&stack, &client, "none@example.org").await;
    eventually("the digest is skipped", || async {
        (digests(&client, &none).await == ["2026-01-07 SKIPPED EMPTY - 0"]).then_some(())
    })
    .await;
    // No papers at all on the 7th.
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let odd = manage_token(&stack, &client, "odd@example.org").await;
    eventually("the digest is skipped", || async {
        let expected = ["2026-01-08 SKIPPED EMPTY - 0", "2026-01-07 SENT - 2026-01-06 2"];
        (digests(&client, &odd).await == expected).then_some(())
    })
    .await;
    assert_eq!(stack.smtp.mails_to("none@example.org").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn weekly_and_monthly_digests_come_on_their_first_allowed_day() {
    let stack = Stack::at("2026-01-14T12:00:00Z").await;
    import_day(&stack, "2026-01-06", 1..4);
    import_day(&stack, "2026-01-08", 10..12);
    let server = stack.serve().await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "week@example.org", "cadence": "WEEKLY" })).await;
    let first = stack.smtp.nth_to("week@example.org", 2).await;
    assert!(first.subject().ends_with("(5 to 11 Jan)"), "{}", first.subject());
    assert_eq!(first.papers(), ["Paper 10", "Paper 11", "Paper 1", "Paper 2", "Paper 3"]);
    // No month is complete: no digest yet.
    subscribe(&stack, &client, json!({ "email": "month@example.org", "cadence": "MONTHLY" })).await;
    import_day(&stack, "2026-01-15", 20..22);
    stack.advance_to("2026-01-19T08:10:00Z").await;
    assert_eq!(stack.smtp.nth_to("week@example.org", 3).await.papers(), ["Paper 20", "Paper 21"]);
    assert_eq!(stack.smtp.mails_to("month@example.org").len(), 1);
    // Sunday the 1st of February is not a workday.
    stack.advance_to("2026-02-02T08:10:00Z").await;
    let month = stack.smtp.nth_to("month@example.org", 2).await;
    assert!(month.subject().ends_with("(Jan 2026)"), "{}", month.subject());
    // The whole month, including days before the confirmation.
    assert_eq!(month.papers().len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_the_filter_keeps_the_digest_that_is_due() {
    // The 6th ends at 02:30 UTC of the 7th and is complete at 04:30; hers was due at 03:00 and waits.
    let stack = Stack::at("2026-01-06T12:00:00Z").await;
    stack.set("FEED_TIME_ZONE", "America/New_York");
    stack.set("FEED_CLOSES_AT", "21:30");
    import_day(&stack, "2026-01-05", 1..3);
    import_day(&stack, "2026-01-06", 10..20);
    let server = stack.serve().await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org", "sendTime": "03:00" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    let token = manage_token(&stack, &client, "ada@example.org").await;
    stack.advance_to("2026-01-07T03:30:00Z").await;
    server.wait_for_sweep(stack.now()).await;
    let input = json!({ "maxPapers": 4, "filter": { "keywords": ["even numbers"] } });
    client.ok(UPDATE, json!({ "token": token, "input": input })).await;
    stack.advance_to("2026-01-07T04:31:00Z").await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 4).await.papers().len(), 4);
    let expected = ["2026-01-07 SENT - 2026-01-06 4", "2026-01-06 SENT - 2026-01-05 2"];
    eventually("the deliveries are sent", || async {
        (digests(&client, &token).await == expected).then_some(())
    })
    .await;
}
