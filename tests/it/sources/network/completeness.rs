//! When a feed day is complete: once its sources have settled it, at the latest at its deadline.

use chrono::TimeDelta;
use serde_json::json;

use super::{advance, advance_to, feature, serve, stack_with_site, with_arxiv, with_daily_papers};
use crate::support::papers_site::{Announcement, DailyItem, Fault, Paper};
use crate::support::{Process, Stack, eventually};

async fn feed(server: &Process, day: &str) -> serde_json::Value {
    server.client().field(&format!("{{ feed(period: \"{day}\") {{ isComplete waitingFor }} }}")).await
}

async fn editions(stack: &Stack) -> i64 {
    stack.count("SELECT COUNT(*) FROM edition WHERE period = '2026-01-07'").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_complete_when_two_readings_after_its_end_agree() {
    let (stack, site) = with_daily_papers().await;
    feature(&site, "2026-01-07", 1..3);
    let server = serve(&stack, &site).await;
    assert_eq!(feed(&server, "2026-01-07").await, json!({ "isComplete": false, "waitingFor": ["HF_DAILY"] }));
    advance_to(&stack, &site, &server, "2026-01-08T00:00:00Z").await;
    assert_eq!(feed(&server, "2026-01-07").await, json!({ "isComplete": false, "waitingFor": ["HF_DAILY"] }));
    // The second reading has one more: not yet.
    site.add([Paper::numbered(9)]);
    site.feature("2026-01-07", [DailyItem::new("2601.00009")]);
    advance(&stack, &site, &server, TimeDelta::minutes(15)).await;
    assert_eq!(feed(&server, "2026-01-07").await["isComplete"], false);
    assert_eq!(editions(&stack).await, 0);
    advance(&stack, &site, &server, TimeDelta::minutes(15)).await;
    assert_eq!(feed(&server, "2026-01-07").await, json!({ "isComplete": true, "waitingFor": [] }));
    eventually("the edition is there, long before the deadline", || async {
        (editions(&stack).await == 1).then_some(())
    })
    .await;
    let papers = "{ edition(cadence: DAILY, period: \"2026-01-07\") { papers { totalCount } } }";
    assert_eq!(server.client().field(papers).await["papers"]["totalCount"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_does_not_answer_is_waited_for_until_the_deadline() {
    let (stack, site) = with_daily_papers().await;
    stack.set("FEED_DEADLINE_HOURS", "3");
    feature(&site, "2026-01-07", 1..3);
    let server = serve(&stack, &site).await;
    site.fail("/api/daily_papers", Fault::Unavailable { retry_after: None }, 1_000);
    advance_to(&stack, &site, &server, "2026-01-08T02:59:00Z").await;
    assert_eq!(feed(&server, "2026-01-07").await, json!({ "isComplete": false, "waitingFor": ["HF_DAILY"] }));
    assert_eq!(editions(&stack).await, 0);
    advance_to(&stack, &site, &server, "2026-01-08T03:00:00Z").await;
    assert_eq!(feed(&server, "2026-01-07").await, json!({ "isComplete": true, "waitingFor": [] }));
    assert_eq!(editions(&stack).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn announcements_that_were_due_are_waited_for() {
    let (stack, site) = with_arxiv("cs.CL, cs.LG").await;
    stack.set("SOURCES", "hf-daily, arxiv");
    // The feed's day ends two hours after the announcement.
    stack.set("FEED_CLOSES_AT", "03:00");
    feature(&site, "2026-01-08", 1..3);
    for category in ["cs.CL", "cs.LG"] {
        site.announce(category, Announcement::on("2026-01-07"));
    }
    let server = serve(&stack, &site).await;
    advance_to(&stack, &site, &server, "2026-01-08T01:00:00Z").await;
    site.announce("cs.LG", Announcement::on("2026-01-08"));
    advance_to(&stack, &site, &server, "2026-01-08T03:00:00Z").await;
    advance(&stack, &site, &server, TimeDelta::minutes(15)).await;
    let waiting = "{ feed(period: \"2026-01-08\") { isComplete waitingFor } }";
    assert_eq!(server.client().field(waiting).await, json!({ "isComplete": false, "waitingFor": ["ARXIV"] }));
    site.announce("cs.CL", Announcement::on("2026-01-08"));
    advance(&stack, &site, &server, TimeDelta::minutes(10)).await;
    assert_eq!(server.client().field(waiting).await, json!({ "isComplete": true, "waitingFor": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_papers_is_settled_too() {
    let (stack, site) = with_daily_papers().await;
    let server = serve(&stack, &site).await;
    advance_to(&stack, &site, &server, "2026-01-08T00:00:00Z").await;
    advance(&stack, &site, &server, TimeDelta::minutes(15)).await;
    assert_eq!(feed(&server, "2026-01-07").await, json!({ "isComplete": true, "waitingFor": [] }));
    let settled = "SELECT COUNT(*) FROM feed_completion WHERE day = '2026-01-07'";
    assert_eq!(stack.count(settled).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scheduled_sources_the_deadline_counts() {
    let (stack, site) = stack_with_site().await;
    stack.set("FEED_DEADLINE_HOURS", "0");
    let server = serve(&stack, &site).await;
    assert_eq!(feed(&server, "2026-01-07").await, json!({ "isComplete": false, "waitingFor": [] }));
    advance_to(&stack, &site, &server, "2026-01-08T00:00:00Z").await;
    assert_eq!(feed(&server, "2026-01-07").await["isComplete"], true);
}
