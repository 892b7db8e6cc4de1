//! Unreadable subscriptions and deliveries, which delay nobody else.

use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;

use crate::support::fixtures::{import_day, stack_with_papers};
use crate::support::journey::subscribers;
use crate::support::{Process, Stack, eventually};

/// Five subscribers who have had their first digest, and papers for the next one.
async fn subscribe_five(stack: &Stack, server: &Process) -> Vec<String> {
    let emails = subscribers(stack, &server.client(), 5).await;
    import_day(stack, "2026-01-07", 10..12);
    emails
}

async fn execute(stack: &Stack, sql: &str) {
    let database = stack.database().await;
    database.execute_unprepared(sql).await.unwrap();
    database.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_subscription_delays_its_own_digest_only() {
    let (stack, server) = stack_with_papers(1..4).await;
    let emails = subscribe_five(&stack, &server).await;
    let admin = server.admin(&stack);
    admin.get("mutation { pauseSending(reason: \"wait\") { userErrors { code } } }").await;
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let queued = "SELECT COUNT(*) FROM delivery WHERE kind = 'DIGEST' AND status = 'QUEUED'";
    eventually("the digests are planned", || async { (stack.count(queued).await == 5).then_some(()) }).await;

    let filter = stack.rows("SELECT CAST(filter AS TEXT) FROM subscription LIMIT 1").await.pop().unwrap();
    let write = async |filter: &str| {
        let sql = format!("UPDATE subscription SET filter = '{filter}' WHERE email = '{}'", emails[2]);
        execute(&stack, &sql).await;
    };
    write(r#"{"categories": 7}"#).await;
    admin.get("mutation { resumeSending { userErrors { code } } }").await;
    for email in emails.iter().filter(|email| **email != emails[2]) {
        stack.smtp.nth_to(email, 3).await;
    }
    eventually("the delivery is deferred", || async {
        server.log().contains("a delivery cannot be claimed and is postponed").then_some(())
    })
    .await;
    eventually("one delivery is left", || async { (stack.count(queued).await == 1).then_some(()) }).await;

    write(&filter).await;
    stack.advance(TimeDelta::minutes(2)).await;
    assert_eq!(stack.smtp.nth_to(&emails[2], 3).await.papers().len(), 2);
    stack.settle().await;
    assert!(emails.iter().all(|email| stack.smtp.mails_to(email).len() == 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_subscription_that_is_due_delays_nobody_else() {
    let (stack, server) = stack_with_papers(1..4).await;
    let emails = subscribe_five(&stack, &server).await;
    let filter = stack.rows("SELECT CAST(filter AS TEXT) FROM subscription LIMIT 1").await.pop().unwrap();
    let write =
        |filter: &str| format!("UPDATE subscription SET filter = '{filter}' WHERE email = '{}'", emails[2]);
    execute(&stack, &write(r#"{"categories": 7}"#)).await;
    stack.advance_to("2026-01-08T08:10:00Z").await;
    for email in emails.iter().filter(|email| **email != emails[2]) {
        stack.smtp.nth_to(email, 3).await;
    }
    eventually("the error is logged", || async {
        server.log().contains("a digest cannot be planned").then_some(())
    })
    .await;
    assert_eq!(stack.smtp.mails_to(&emails[2]).len(), 2);
    execute(&stack, &write(&filter)).await;
    stack.advance(TimeDelta::minutes(61)).await;
    assert_eq!(stack.smtp.nth_to(&emails[2], 3).await.papers().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_delivery_delays_nobody_else() {
    let (stack, server) = stack_with_papers(1..4).await;
    let emails = subscribe_five(&stack, &server).await;
    let admin = server.admin(&stack);
    admin.get("mutation { pauseSending(reason: \"wait\") { userErrors { code } } }").await;
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let queued = "SELECT COUNT(*) FROM delivery WHERE kind = 'DIGEST' AND status = 'QUEUED'";
    eventually("the digests are planned", || async { (stack.count(queued).await == 5).then_some(()) }).await;
    let write = |papers: &str| {
        format!(
            "UPDATE delivery SET papers = {papers} WHERE status = 'QUEUED' AND recipient = '{}'",
            emails[0]
        )
    };
    execute(&stack, &write(r#"'{"odd": true}'"#)).await;
    admin.get("mutation { resumeSending { userErrors { code } } }").await;
    for email in &emails[1..] {
        stack.smtp.nth_to(email, 3).await;
    }
    eventually("the error is logged", || async {
        server.log().contains("a delivery cannot be read").then_some(())
    })
    .await;
    execute(&stack, &write("NULL")).await;
    stack.advance(TimeDelta::minutes(61)).await;
    assert_eq!(stack.smtp.nth_to(&emails[0], 3).await.papers().len(), 2);
    assert_eq!(stack.rows("SELECT DISTINCT CAST(deferrals AS TEXT) FROM delivery").await, ["0"]);
}
