//! Which digest comes when, and with which papers.

use std::time::Duration;

use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::fixtures::{import_day, item, write_day};
use crate::support::gql::problems;
use crate::support::journey::{UPDATE, manage_token, own, subscribe};
use crate::support::{Client, Stack, eventually};

const FEATURE: &str = "mutation($id: ID!, $on: Date) { featurePaper(paperId: $id, on: $on) {
    paper { featuredOn } userErrors { code field } } }";

/// What became of a subscriber's digests: status, reason, edition and papers, the latest first.
async fn digests(client: &Client, token: &str) -> Vec<String> {
    let own = own(client, token).await;
    let deliveries = own["deliveries"]["nodes"].as_array().unwrap().clone();
    let digests = deliveries.iter().filter(|delivery| delivery["kind"] == "DIGEST");
    digests
        .map(|delivery| {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            format!(
                "{} {} {} {} {}",
                text(&delivery["localDate"]),
                text(&delivery["status"]),
                text(&delivery["reason"]),
                text(&delivery["edition"]["period"]),
                delivery["papers"].as_array().unwrap().len()
            )
        })
        .collect()
}

async fn quiet() {
    tokio::time::sleep(Duration::from_millis(400)).await;
}

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
    // The open day comes when it is complete, and nothing twice.
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let next = stack.smtp.nth_to("ada@example.org", 3).await;
    assert_eq!(next.papers(), ["Paper 10", "Paper 11", "Paper 12"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_monday_digest_of_workdays_holds_the_weekend() {
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
    quiet().await;
    assert_eq!(stack.smtp.mails().len(), 2);
    stack.advance_to("2026-01-12T08:10:00Z").await;
    let monday = stack.smtp.nth_to("ada@example.org", 3).await;
    let mut papers = monday.papers();
    papers.sort();
    assert_eq!(papers, ["Paper 10", "Paper 11", "Paper 20", "Paper 21", "Paper 30", "Paper 31"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_featured_late_reaches_everyone_and_nothing_comes_twice() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let client = server.client();
    let curator = server.client_with(&stack.token("curie", Some("--curator")));
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;

    // Late for the 6th, which everyone has read.
    let made = curator
        .ok(
            "mutation { createPaper(input: { title: \"Late\", abstract: \"Text.\", publishedOn: \"2026-01-05\" }) {
                paper { id } userErrors { code } } }",
            json!({}),
        )
        .await;
    let id = made["createPaper"]["paper"]["id"].clone();
    let late = curator.ok(FEATURE, json!({ "id": id, "on": "2026-01-06" })).await;
    assert_eq!(late["featurePaper"]["paper"]["featuredOn"], "2026-01-06");
    import_day(&stack, "2026-01-07", 10..12);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let next = stack.smtp.nth_to("ada@example.org", 3).await;
    let mut papers = next.papers();
    papers.sort();
    assert_eq!(papers, ["Late", "Paper 10", "Paper 11"]);

    // The sources again, with other votes: nobody gets a paper twice.
    import_day(&stack, "2026-01-06", 1..4);
    write_day(&stack, "2026-01-08", &[item(50, 1)]);
    stack.done(&["import", "hf-daily", "hf"]);
    stack.advance_to("2026-01-09T08:10:00Z").await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 4).await.papers(), ["Paper 50"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_that_was_taken_off_comes_back_to_its_day_only() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..3);
    let server = stack.serve().await;
    let client = server.client();
    let curator = server.client_with(&stack.token("curie", Some("--curator")));
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    let id = client.get("{ paper(arxivId: \"2601.00001\") { id } }").await["paper"]["id"].clone();
    let unfeature =
        "mutation($id: ID!) { unfeaturePaper(paperId: $id) { paper { featuredOn } userErrors { code } } }";
    let off = curator.ok(unfeature, json!({ "id": id })).await;
    assert!(off["unfeaturePaper"]["paper"]["featuredOn"].is_null());
    let elsewhere = curator.ok(FEATURE, json!({ "id": id, "on": "2026-01-07" })).await;
    assert_eq!(problems(&elsewhere["featurePaper"]), ["CONFLICT on"]);
    let back = curator.ok(FEATURE, json!({ "id": id, "on": "2026-01-06" })).await;
    assert_eq!(back["featurePaper"]["paper"]["featuredOn"], "2026-01-06");
    import_day(&stack, "2026-01-07", 10..11);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 3).await.papers(), ["Paper 10"]);
    // One that nobody can have got may go elsewhere.
    import_day(&stack, "2026-01-08", 20..21);
    let id = client.get("{ paper(arxivId: \"2601.00020\") { id } }").await["paper"]["id"].clone();
    curator.ok(unfeature, json!({ "id": id })).await;
    let moved = curator.ok(FEATURE, json!({ "id": id, "on": "2026-01-07" })).await;
    assert_eq!(moved["featurePaper"]["paper"]["featuredOn"], "2026-01-07");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_day_sends_nothing_and_says_why() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let client = server.client();
    let filter = json!({ "email": "odd@example.org", "filter": { "keywords": ["odd numbers"] } });
    subscribe(&stack, &client, filter).await;
    subscribe(&stack, &client, json!({ "email": "none@example.org", "filter": { "authors": ["Nobody"] } }))
        .await;
    assert_eq!(stack.smtp.nth_to("odd@example.org", 2).await.papers(), ["Paper 1", "Paper 3"]);
    let none = manage_token(&stack, &client, "none@example.org").await;
    eventually("skipped", || async {
        (digests(&client, &none).await == ["2026-01-07 SKIPPED EMPTY - 0"]).then_some(())
    })
    .await;
    // No papers at all on the 7th.
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let odd = manage_token(&stack, &client, "odd@example.org").await;
    eventually("skipped", || async {
        let expected = ["2026-01-08 SKIPPED EMPTY - 0", "2026-01-07 SENT - 2026-01-06 2"];
        (digests(&client, &odd).await == expected).then_some(())
    })
    .await;
    assert_eq!(stack.smtp.mails_to("none@example.org").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn late_by_six_hours_comes_later_is_skipped() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    import_day(&stack, "2026-01-07", 10..12);
    import_day(&stack, "2026-01-08", 20..22);
    import_day(&stack, "2026-01-12", 30..32);
    server.stop();

    // Down over Thursday's 08:00; up again less than six hours later.
    stack.advance_to("2026-01-08T13:30:00Z").await;
    let server = stack.serve().await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 3).await.papers(), ["Paper 10", "Paper 11"]);
    server.stop();

    // Down for days: one row says so, and the papers come with the next one.
    stack.advance_to("2026-01-12T20:00:00Z").await;
    let server = stack.serve().await;
    let client = server.client();
    let token = manage_token(&stack, &client, "ada@example.org").await;
    eventually("too late", || async {
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
    quiet().await;
    import_day(&stack, "2026-01-06", 10..13);
    stack.advance_to("2026-01-07T04:29:00Z").await;
    quiet().await;
    assert_eq!(stack.smtp.mails().len(), 2);
    stack.advance_to("2026-01-07T04:31:00Z").await;
    let digest = stack.smtp.nth_to("ada@example.org", 3).await;
    assert_eq!(digest.papers().len(), 3);
    let token = manage_token(&stack, &client, "ada@example.org").await;
    eventually("sent for its date", || async {
        (digests(&client, &token).await[0] == "2026-01-07 SENT - 2026-01-06 3").then_some(())
    })
    .await;
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
    // No month is complete: nothing at once.
    subscribe(&stack, &client, json!({ "email": "month@example.org", "cadence": "MONTHLY" })).await;
    import_day(&stack, "2026-01-15", 20..22);
    stack.advance_to("2026-01-19T08:10:00Z").await;
    assert_eq!(stack.smtp.nth_to("week@example.org", 3).await.papers(), ["Paper 20", "Paper 21"]);
    assert_eq!(stack.smtp.mails_to("month@example.org").len(), 1);
    // Sunday the 1st of February is no workday.
    stack.advance_to("2026-02-02T08:10:00Z").await;
    let month = stack.smtp.nth_to("month@example.org", 2).await;
    assert!(month.subject().ends_with("(Jan 2026)"), "{}", month.subject());
    // The whole month, also of what lay before the confirmation.
    assert_eq!(month.papers().len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_zone_never_gives_two_digests_of_one_date() {
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
            .ok(UPDATE, json!({ "token": token, "input": { "timeZone": zone, "sendTime": "08:00" } }))
            .await;
        assert_eq!(answer["updateSubscription"]["userErrors"], json!([]));
        stack.advance(TimeDelta::hours(3)).await;
        quiet().await;
    }
    stack.advance_to("2026-01-08T08:10:00Z").await;
    stack.smtp.nth_to("ada@example.org", 4).await;
    quiet().await;
    let sent =
        stack.rows("SELECT CAST(local_date AS TEXT) FROM delivery WHERE kind = 'DIGEST' ORDER BY 1").await;
    let mut unique = sent.clone();
    unique.dedup();
    assert_eq!(sent, unique);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_digest_counts_nowhere() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let admin = server.client_with(&stack.token("root", Some("--admin")));
    let send = "mutation($input: TestDigestInput!) { sendTestDigest(input: $input) {
        delivery { id kind email papers { title } } userErrors { code field } } }";
    let input = json!({
        "email": "me@example.org", "cadence": "DAILY", "filter": { "keywords": ["odd numbers"] },
        "idempotencyKey": "once",
    });
    let first = admin.ok(send, json!({ "input": input })).await["sendTestDigest"].clone();
    assert_eq!(first["delivery"]["kind"], "TEST");
    let again = admin.ok(send, json!({ "input": input })).await["sendTestDigest"].clone();
    assert_eq!(first["delivery"]["id"], again["delivery"]["id"]);
    let mail = stack.smtp.nth_to("me@example.org", 1).await;
    assert!(mail.subject().starts_with("[Test] "), "{}", mail.subject());
    assert_eq!(mail.papers(), ["Paper 1", "Paper 3"]);
    assert!(mail.header("List-Unsubscribe").is_none());
    quiet().await;
    assert_eq!(stack.smtp.mails().len(), 1);
    for (input, problem) in [
        (json!({ "email": "nobody", "cadence": "DAILY" }), "INVALID input.email"),
        (
            json!({ "email": "a@example.org", "cadence": "WEEKLY", "period": "2026-01-06" }),
            "INVALID input.period",
        ),
        (
            json!({ "email": "a@example.org", "cadence": "DAILY", "period": "2026-01-05" }),
            "NOT_FOUND input.period",
        ),
        (
            json!({ "email": "a@example.org", "cadence": "DAILY", "filter": { "authors": ["Nobody"] } }),
            "NOT_FOUND input.period",
        ),
    ] {
        let answer = admin.ok(send, json!({ "input": input })).await;
        assert_eq!(problems(&answer["sendTestDigest"]), [problem]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_changes_her_filter_keeps_the_digest_that_is_due() {
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
    quiet().await;
    let input = json!({ "maxPapers": 4, "filter": { "keywords": ["even numbers"] } });
    client.ok(UPDATE, json!({ "token": token, "input": input })).await;
    stack.advance_to("2026-01-07T04:31:00Z").await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 4).await.papers().len(), 4);
    let expected = ["2026-01-07 SENT - 2026-01-06 4", "2026-01-06 SENT - 2026-01-05 2"];
    eventually("sent", || async { (digests(&client, &token).await == expected).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_ends_within_a_year() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let token = manage_token(&stack, &client, "ada@example.org").await;
    for day in ["2027-01-09", "2999-12-31"] {
        let answer = client.ok(UPDATE, json!({ "token": token, "input": { "pausedUntil": day } })).await;
        assert_eq!(problems(&answer["updateSubscription"]), ["INVALID input.pausedUntil"], "{day}");
    }
    let input = json!({ "pausedUntil": "2027-01-08", "cadence": "MONTHLY", "weekdays": ["SUNDAY"] });
    let answer = client.ok(UPDATE, json!({ "token": token, "input": input })).await;
    let next = &answer["updateSubscription"]["emailSubscription"]["nextDigestAt"];
    assert!(next.as_str().is_some_and(|next| next.starts_with("2027-01-10T08:0")), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_rules_of_time_zones_move_what_is_due() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let client = server.client();
    let settings = json!({ "email": "ada@example.org", "timeZone": "Europe/Paris", "sendTime": "08:00" });
    subscribe(&stack, &client, settings).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    assert_eq!(server.stop().code(), Some(0));
    let due = "SELECT CAST(next_due_at AS TEXT) FROM subscription";
    let right = stack.rows(due).await;
    let release = "SELECT release FROM zone_data";
    let known = stack.rows(release).await;
    stack.set("LOG", "info,sqlx=debug");
    // As an older build left it, by other rules; one that is newer than this build knows better.
    let wrong = "2026-01-08T05:30:00+00:00";
    for (by, is_moved) in [("2019a", true), ("9999z", false)] {
        let database = stack.database().await;
        for change in [
            format!("UPDATE subscription SET next_due_at = '{wrong}'"),
            format!("UPDATE zone_data SET release = '{by}'"),
        ] {
            database.execute_unprepared(&change).await.unwrap();
        }
        database.close().await.unwrap();
        let server = stack.serve().await;
        eventually("the planner has looked", || async {
            server.log().contains(r#"FROM \"zone_data\""#).then_some(())
        })
        .await;
        // What it began it ends.
        assert_eq!(server.stop().code(), Some(0));
        assert_eq!(stack.rows(due).await == right, is_moved, "by the rules of {by}");
        assert_eq!(stack.rows(release).await == known, is_moved);
    }
}
