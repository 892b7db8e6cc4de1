//! Reports of mailboxes that are gone or full, and complaints.

use chrono::TimeDelta;
use serde_json::json;

use super::{deliveries, digest, pipe, stack_with_papers, state};
use crate::support::fixtures::import_day;
use crate::support::graphql::nodes;
use crate::support::journey::{SUBSCRIBE, ask, confirm};
use crate::support::returned::{automatic_reply, complaint, dsn, headers, no_such_user};
use crate::support::{Mail, Reaction, Step, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_hard_bounce_suppresses_the_address() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    assert!(
        mail.sender.starts_with("b+") && mail.sender.ends_with("@bounces.example.org"),
        "{}",
        mail.sender
    );
    assert!(mail.sender.find('@').unwrap() <= 64);
    let returned = no_such_user(&mail);
    assert_eq!(pipe(&stack, &returned), 0);
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED HARD_BOUNCE");
    assert_eq!(deliveries(&stack, "ada@example.org").await, ["SENT", "BOUNCED"]);
    let kept = stack.rows("SELECT kind || ' ' || diagnostic FROM bounce").await;
    assert_eq!(kept, ["HARD 5.1.1 550 5.1.1 no such user"]);
    // The same report again, and by another route: nothing changes.
    assert_eq!(pipe(&stack, &returned), 0);
    assert_eq!(pipe(&stack, &format!("Received: by another\r\n{returned}")), 0);
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED HARD_BOUNCE");
    let admin = server.admin(&stack);
    let query = "{ admin { deliveries(status: BOUNCED) { nodes { status bouncedAt reply } }
        suppressions { nodes { reason note email } } } }";
    let answer = admin.field(query).await;
    let bounced = &nodes(&answer["deliveries"])[0];
    assert_eq!(bounced["bouncedAt"], "2026-01-07T12:00:00Z");
    assert_eq!(bounced["reply"], "5.1.1 550 5.1.1 no such user");
    assert_eq!(nodes(&answer["suppressions"])[0]["email"], "ada@example.org");
    // No more digests are sent; the owner may subscribe again.
    import_day(&stack, "2026-01-08", 20..24);
    stack.advance(TimeDelta::days(40)).await;
    let again = ask(&stack, &client, json!({ "email": "ada@example.org" })).await;
    confirm(&client, &again).await;
    assert_eq!(state(&stack, "ada@example.org").await, "ACTIVE -");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_soft_bounces_in_a_month_suppress_the_address() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    let full = |mail: &Mail| dsn(mail, "failed", "5.2.2", "552 5.2.2 mailbox full", &headers(mail));
    assert_eq!(pipe(&stack, &full(&mail)), 0);
    for (day, number) in [("08", 3), ("09", 4)] {
        import_day(&stack, &format!("2026-01-{day}"), number * 100..number * 100 + 3);
        assert_eq!(state(&stack, "ada@example.org").await, "ACTIVE -");
        let next = if day == "08" { "2026-01-09T12:00:00Z" } else { "2026-01-12T12:00:00Z" };
        stack.advance_to(next).await;
        let mail = stack.smtp.nth_to("ada@example.org", number as usize).await;
        stack.settle().await;
        assert_eq!(pipe(&stack, &full(&mail)), 0);
    }
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED SOFT_BOUNCES");
    assert_eq!(deliveries(&stack, "ada@example.org").await, ["SENT", "BOUNCED", "BOUNCED", "BOUNCED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_soft_bounces_in_a_row_suppress_the_address() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    let full = |mail: &Mail| dsn(mail, "failed", "5.2.2", "552 5.2.2 mailbox full", &headers(mail));
    assert_eq!(pipe(&stack, &full(&mail)), 0);
    for (number, day, next) in
        [(3, "2026-02-06", "2026-02-09T12:00:00Z"), (4, "2026-03-13", "2026-03-16T12:00:00Z")]
    {
        // More than a month apart: only three in a row count.
        stack.advance_to(&format!("{day}T11:00:00Z")).await;
        import_day(&stack, day, 100 * number..100 * number + 3);
        assert_eq!(state(&stack, "ada@example.org").await, "ACTIVE -");
        stack.advance_to(next).await;
        let mail = stack.smtp.nth_to("ada@example.org", number as usize).await;
        stack.settle().await;
        assert_eq!(pipe(&stack, &full(&mail)), 0);
    }
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED SOFT_BOUNCES");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_suppresses_the_address_permanently() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    // A report that a mail was not spam is not a complaint.
    assert_eq!(pipe(&stack, &complaint(&mail, "not-spam")), 0);
    assert_eq!(state(&stack, "ada@example.org").await, "ACTIVE -");
    assert_eq!(pipe(&stack, &complaint(&mail, "abuse")), 0);
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED COMPLAINT");
    assert_eq!(deliveries(&stack, "ada@example.org").await, ["SENT", "COMPLAINED"]);
    stack.advance(TimeDelta::days(60)).await;
    client.ok(SUBSCRIBE, json!({ "input": { "email": "ada@example.org" } })).await;
    client.ok(SUBSCRIBE, json!({ "input": { "email": "bob@example.org" } })).await;
    stack.smtp.nth_to("bob@example.org", 1).await;
    assert_eq!(stack.smtp.mails_to("ada@example.org").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_that_are_not_final_are_stored_and_change_nothing() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let mail = digest(&stack, &client, "ada@example.org").await;
    let delayed = dsn(&mail, "delayed", "4.4.1", "451 4.4.1 no answer", &headers(&mail));
    let refused = dsn(&mail, "failed", "5.7.1", "550 5.7.1 looks like spam", &headers(&mail));
    let huge = "x".repeat(2_000_000);
    for message in
        [delayed.as_str(), &automatic_reply(&mail), "", "\u{0}\u{1}", "no header at all", &huge, &refused]
    {
        // EX_NOINPUT: there was no input.
        assert_eq!(pipe(&stack, message), if message.is_empty() { 66 } else { 0 });
        assert_eq!(state(&stack, "ada@example.org").await, "ACTIVE -");
    }
    let kinds = stack.rows("SELECT kind FROM bounce ORDER BY id").await;
    assert_eq!(kinds, ["DELAYED", "REPLY", "UNKNOWN", "UNKNOWN", "UNKNOWN", "REFUSED"]);
    assert_eq!(stack.count("SELECT MAX(LENGTH(message)) FROM bounce").await, 65_536);
    assert_eq!(deliveries(&stack, "ada@example.org").await, ["SENT", "BOUNCED"]);
    // All of it is stored for ninety days.
    stack.advance(TimeDelta::days(89)).await;
    client.get("{ __typename }").await;
    assert_eq!(stack.count("SELECT COUNT(*) FROM bounce").await, 6);
    stack.advance(TimeDelta::days(2)).await;
    eventually("returned mail is deleted", || async {
        (stack.count("SELECT COUNT(*) FROM bounce").await == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_arrives_before_the_delivery_is_recorded_is_retried() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    let confirmation = ask(&stack, &client, json!({ "email": "ada@example.org" })).await;
    stack.smtp.script(|step| match step {
        Step::Dot(_) => Reaction::Hold,
        _ => Reaction::Take,
    });
    confirm(&client, &confirmation).await;
    let mail = stack.smtp.nth_to("ada@example.org", 2).await;
    assert_eq!(pipe(&stack, &no_such_user(&mail)), 75);
    assert_eq!(stack.count("SELECT COUNT(*) FROM bounce").await, 0);
    stack.smtp.take_all();
    stack.smtp.go_on();
    stack.settle().await;
    assert_eq!(pipe(&stack, &no_such_user(&mail)), 0);
    assert_eq!(state(&stack, "ada@example.org").await, "SUPPRESSED HARD_BOUNCE");
}
