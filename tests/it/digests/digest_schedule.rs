//! The send time of digests: through clock changes, at the ends of months, after a pause, and spread over subscribers.
//! That no date is used twice, over years of changes, is tested with the schedule itself.

use serde_json::json;

use crate::support::fixtures::{import_day, import_subscribers, stack_with_papers};
use crate::support::graphql::{EmailSubscription, NO_ERRORS};
use crate::support::journey::{UPDATE, manage_token, subscribe};
use crate::support::{Mail, Stack};

const ALL_DAYS: [&str; 7] = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

const ADA: &str = "ada@example.org";

/// Moves the clock to an instant by which no mail is sent. [`receive_by`] checks the date of the next mail as well.
async fn expect_no_mail_by(stack: &Stack, instant: &str) {
    let before = stack.smtp.count();
    stack.advance_to(instant).await;
    stack.settle().await;
    assert_eq!(stack.smtp.count(), before, "mail was sent by {instant}");
}

/// Moves the clock to an instant, and answers the mail that is sent, which is dated after the move.
async fn receive_by(stack: &Stack, instant: &str) -> Mail {
    let (before, moved_from) = (stack.smtp.mails_to(ADA).len(), stack.now());
    stack.advance_to(instant).await;
    let mail = stack.smtp.nth_to(ADA, before + 1).await;
    let date = chrono::DateTime::parse_from_rfc2822(&mail.header("Date").unwrap()).unwrap();
    assert!(date > moved_from, "{date} is not after {moved_from}");
    mail
}

/// The local dates of all digests.
async fn local_dates(stack: &Stack) -> Vec<String> {
    stack.settle().await;
    stack.rows("SELECT CAST(local_date AS TEXT) FROM delivery WHERE kind = 'DIGEST' ORDER BY id").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_time_in_a_clock_change_gap_moves_later() {
    let stack = Stack::at("2026-03-07T12:00:00Z").await;
    import_day(&stack, "2026-03-06", 1..3);
    let server = stack.serve().await;
    let settings =
        json!({ "email": ADA, "timeZone": "America/New_York", "sendTime": "02:30", "weekdays": ALL_DAYS });
    subscribe(&stack, &server.client(), settings).await;
    stack.smtp.nth_to(ADA, 2).await;
    import_day(&stack, "2026-03-07", 10..12);
    // On the 8th the clocks go from 02:00 to 03:00, which is 07:00 UTC.
    expect_no_mail_by(&stack, "2026-03-08T07:29:59Z").await;
    assert_eq!(receive_by(&stack, "2026-03-08T07:40:00Z").await.papers().len(), 2);
    import_day(&stack, "2026-03-08", 20..23);
    expect_no_mail_by(&stack, "2026-03-09T06:29:59Z").await;
    assert_eq!(receive_by(&stack, "2026-03-09T06:40:00Z").await.papers().len(), 3);
    assert_eq!(local_dates(&stack).await, ["2026-03-07", "2026-03-08", "2026-03-09"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_time_in_a_clock_change_fold_is_used_once() {
    let stack = Stack::at("2026-10-31T12:00:00Z").await;
    import_day(&stack, "2026-10-30", 1..3);
    let server = stack.serve().await;
    let settings =
        json!({ "email": ADA, "timeZone": "America/New_York", "sendTime": "01:30", "weekdays": ALL_DAYS });
    subscribe(&stack, &server.client(), settings).await;
    stack.smtp.nth_to(ADA, 2).await;
    import_day(&stack, "2026-10-31", 10..12);
    // On the 1st the clocks go from 02:00 back to 01:00: 01:30 is at 05:30 and at 06:30 UTC.
    expect_no_mail_by(&stack, "2026-11-01T05:29:59Z").await;
    assert_eq!(receive_by(&stack, "2026-11-01T05:40:00Z").await.papers().len(), 2);
    import_day(&stack, "2026-10-31", 10..14);
    expect_no_mail_by(&stack, "2026-11-01T07:00:00Z").await;
    import_day(&stack, "2026-11-01", 20..22);
    expect_no_mail_by(&stack, "2026-11-02T06:29:59Z").await;
    // With the late papers of the 31st.
    assert_eq!(receive_by(&stack, "2026-11-02T06:40:00Z").await.papers().len(), 4);
    assert_eq!(local_dates(&stack).await, ["2026-10-31", "2026-11-01", "2026-11-02"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leap_day_has_a_digest_and_is_in_its_month() {
    let stack = Stack::at("2028-02-27T12:00:00Z").await;
    import_day(&stack, "2028-02-26", 1..3);
    let server = stack.serve().await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": ADA, "weekdays": ALL_DAYS })).await;
    stack.smtp.nth_to(ADA, 2).await;
    // February is not over: no digest yet.
    subscribe(&stack, &client, json!({ "email": "month@example.org", "cadence": "MONTHLY" })).await;
    for (day, papers, instant) in [
        ("2028-02-27", 10..12, "2028-02-28T08:10:00Z"),
        ("2028-02-28", 20..22, "2028-02-29T08:10:00Z"),
        ("2028-02-29", 30..32, "2028-03-01T08:10:00Z"),
    ] {
        let first = format!("Paper {}", papers.start);
        import_day(&stack, day, papers);
        assert_eq!(receive_by(&stack, instant).await.papers()[0], first);
    }
    let month = stack.smtp.nth_to("month@example.org", 2).await;
    assert!(month.subject().ends_with("(Feb 2028)"), "{}", month.subject());
    assert_eq!(month.papers().len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weekly_digest_waits_for_a_week_that_ends_within_a_day() {
    let stack = Stack::at("2026-01-14T12:00:00Z").await;
    stack.set("FEED_TIME_ZONE", "America/New_York");
    stack.set("FEED_CLOSES_AT", "21:30");
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let settings = json!({
        "email": ADA, "cadence": "WEEKLY", "weekdays": ["SUNDAY"], "timeZone": "America/New_York", "sendTime": "20:00",
    });
    subscribe(&stack, &server.client(), settings).await;
    stack.smtp.nth_to(ADA, 2).await;
    import_day(&stack, "2026-01-15", 10..12);
    // Sunday 20:00 in New York; the week ends there at 21:30, and is complete at 23:30.
    expect_no_mail_by(&stack, "2026-01-19T01:15:00Z").await;
    import_day(&stack, "2026-01-18", 20..22);
    expect_no_mail_by(&stack, "2026-01-19T04:29:00Z").await;
    let week = receive_by(&stack, "2026-01-19T04:31:00Z").await;
    assert!(week.subject().ends_with("(12 to 18 Jan)"), "{}", week.subject());
    assert_eq!(week.papers().len(), 4);
    assert_eq!(local_dates(&stack).await[1], "2026-01-18");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_subscriber_gets_no_digest_until_the_pause_ends() {
    let (stack, server) = stack_with_papers(1..3).await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": ADA })).await;
    stack.smtp.nth_to(ADA, 2).await;
    let token = manage_token(&stack, &client, ADA).await;
    let rest = json!({ "token": token, "input": { "pausedUntil": "2026-01-12" } });
    assert_eq!(client.mutate(UPDATE, rest).await.user_errors(), NO_ERRORS);
    for (day, papers, instant) in [
        ("2026-01-07", 10..12, "2026-01-08T08:10:00Z"),
        ("2026-01-08", 20..22, "2026-01-09T08:10:00Z"),
        ("2026-01-09", 30..32, "2026-01-12T07:59:00Z"),
    ] {
        import_day(&stack, day, papers);
        expect_no_mail_by(&stack, instant).await;
    }
    // Papers of the days in between are not lost.
    assert_eq!(receive_by(&stack, "2026-01-12T08:10:00Z").await.papers().len(), 6);
    assert_eq!(local_dates(&stack).await, ["2026-01-07", "2026-01-12"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_send_time_applies_from_the_next_date() {
    let (stack, server) = stack_with_papers(1..3).await;
    let client = server.client();
    subscribe(&stack, &client, json!({ "email": ADA })).await;
    stack.smtp.nth_to(ADA, 2).await;
    import_day(&stack, "2026-01-07", 10..12);
    receive_by(&stack, "2026-01-08T08:10:00Z").await;
    let token = manage_token(&stack, &client, ADA).await;
    let at = async |time: &str| {
        let input = json!({ "token": token, "input": { "sendTime": time } });
        let answer = client.mutate(UPDATE, input).await;
        let changed: EmailSubscription = answer.read("emailSubscription");
        changed.next_digest_at.unwrap()[..14].to_owned()
    };
    // Today's digest has been sent.
    assert_eq!(at("20:00").await, "2026-01-09T20:");
    import_day(&stack, "2026-01-07", 10..14);
    expect_no_mail_by(&stack, "2026-01-08T20:15:00Z").await;
    // Tomorrow's digest may be earlier.
    import_day(&stack, "2026-01-08", 20..22);
    assert_eq!(at("06:00").await, "2026-01-09T06:");
    assert_eq!(receive_by(&stack, "2026-01-09T06:10:00Z").await.papers().len(), 4);
    assert_eq!(local_dates(&stack).await, ["2026-01-07", "2026-01-08", "2026-01-09"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn digests_of_one_send_time_are_spread_over_ten_minutes() {
    const COUNT: usize = 300;
    let stack = Stack::new().await;
    import_subscribers(&stack, COUNT);
    import_day(&stack, "2026-01-07", 1..3);
    let due = stack.rows("SELECT CAST(next_due_at AS TEXT) FROM subscription ORDER BY id").await;
    let seconds: Vec<usize> = due
        .iter()
        .map(|due| {
            let (date, time) = due.split_at(11);
            assert!(date.starts_with("2026-01-08") && time.starts_with("08:0"), "{due}");
            time[3..5].parse::<usize>().unwrap() * 60 + time[6..8].parse::<usize>().unwrap()
        })
        .collect();
    // About thirty a minute.
    for minute in 0..10 {
        let count = seconds.iter().filter(|second| **second / 60 == minute).count();
        assert!((10..60).contains(&count), "{count} in minute {minute}");
    }
    stack.advance_to("2026-01-08T08:03:30Z").await;
    let server = stack.serve().await;
    let by_then = seconds.iter().filter(|second| **second <= 210).count();
    let digests = "SELECT COUNT(*) FROM delivery WHERE kind = 'DIGEST' AND status = 'SENT'";
    let sent = async |count: usize| {
        crate::support::eventually("the deliveries are sent", || async {
            (stack.count(digests).await == i64::try_from(count).unwrap()).then_some(())
        })
        .await;
    };
    sent(by_then).await;
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(stack.smtp.count(), by_then);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    sent(COUNT).await;
    // Each always at the same second of the day.
    let next = stack.rows("SELECT CAST(next_due_at AS TEXT) FROM subscription ORDER BY id").await;
    assert!(
        due.iter().zip(&next).all(|(due, next)| due[11..] == next[11..] && next.starts_with("2026-01-09"))
    );
}
