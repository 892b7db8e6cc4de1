//! Hugging Face's daily papers by schedule.

use chrono::TimeDelta;
use serde_json::json;

use super::{advance, advance_to, asked, feature, serve, with_daily_papers};
use crate::support::graphql::{nodes, titles};
use crate::support::papers_site::{DailyItem, PapersSite};

/// The days that were asked for since the first `before` requests.
fn days_asked(site: &PapersSite, before: usize) -> Vec<String> {
    let requests = site.requests();
    requests[before..].iter().filter_map(|request| request.param("date")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_fortnight_is_read_the_latest_day_first() {
    let (stack, site) = with_daily_papers().await;
    feature(&site, "2026-01-07", 1..4);
    feature(&site, "2026-01-05", 4..6);
    let server = serve(&stack, &site).await;
    let days = days_asked(&site, 0);
    assert_eq!(days.len(), 15);
    assert_eq!((days[0].as_str(), days[14].as_str()), ("2026-01-07", "2025-12-24"));
    let feed = "{ feed(period: \"2026-01-05\") { papers { nodes { title upvoteCount } } } }";
    let papers = server.client().field(feed).await["papers"].clone();
    assert_eq!(titles(&papers), ["Paper 4", "Paper 5"]);
    assert_eq!(nodes(&papers)[0]["upvoteCount"], 3);
    let request = &site.requests()[0];
    let agent = request.user_agent.as_deref().unwrap();
    assert!(agent.starts_with("DailyPapers/") && agent.contains("curator@example.org"), "{agent}");
    assert_eq!(site.most_at_once(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_read_twice_within_its_time_and_unchanged_days_are_not_sent_again() {
    let (stack, site) = with_daily_papers().await;
    feature(&site, "2026-01-07", 1..4);
    let server = serve(&stack, &site).await;
    let before = site.requests().len();
    advance(&stack, &site, &server, TimeDelta::minutes(14)).await;
    assert_eq!(days_asked(&site, before), [""; 0], "nothing is due");
    advance(&stack, &site, &server, TimeDelta::minutes(1)).await;
    let again = days_asked(&site, before);
    assert!(again.contains(&"2026-01-07".to_owned()), "{again:?}");
    let requests = site.requests();
    let of_today = requests[before..].iter().find(|request| request.query.contains("2026-01-07")).unwrap();
    assert!(of_today.if_none_match.is_some());
    assert_eq!(of_today.status, Some(304));
    assert_eq!(stack.count("SELECT COUNT(*) FROM import_run").await, 1, "one run, for one list");
    assert_eq!(stack.count("SELECT COUNT(*) FROM import_run WHERE status <> 'DONE'").await, 0);
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_were_missed_are_read_when_the_worker_runs_again() {
    let (stack, site) = with_daily_papers().await;
    let server = serve(&stack, &site).await;
    assert!(server.stop().success());
    feature(&site, "2026-01-08", 1..3);
    feature(&site, "2026-01-09", 3..5);
    stack.advance_to("2026-01-10T12:00:00Z").await;
    let server = serve(&stack, &site).await;
    for (day, count) in [("2026-01-08", 2), ("2026-01-09", 2)] {
        let feed = format!("{{ feed(period: \"{day}\") {{ papers {{ totalCount }} }} }}");
        assert_eq!(server.client().field(&feed).await["papers"]["totalCount"], count, "{day}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_are_read_for_a_fortnight_and_their_history_is_kept() {
    let (stack, site) = with_daily_papers().await;
    feature(&site, "2026-01-07", 1..2);
    let server = serve(&stack, &site).await;
    let day = |votes, comments| [DailyItem::new("2601.00001").votes(votes).comments(comments)];
    site.feature("2026-01-07", day(8, 2));
    advance(&stack, &site, &server, TimeDelta::hours(24)).await;
    site.feature("2026-01-07", day(9, 4));
    advance(&stack, &site, &server, TimeDelta::hours(1)).await;
    advance(&stack, &site, &server, TimeDelta::hours(2)).await;
    let paper = "{ paper(arxivId: \"2601.00001\") { upvoteCount commentCount history { day upvotes comments }
                   latest: history(first: 1) { day } } }";
    let paper = server.client().field(paper).await;
    assert_eq!((&paper["upvoteCount"], &paper["commentCount"]), (&json!(9), &json!(4)));
    let expected = json!([
        { "day": "2026-01-08", "upvotes": 9, "comments": 4 },
        { "day": "2026-01-07", "upvotes": 3, "comments": 0 },
    ]);
    assert_eq!(paper["history"], expected);
    assert_eq!(paper["latest"], json!([{ "day": "2026-01-08" }]));
    // Three weeks later nobody asks for that day.
    advance_to(&stack, &site, &server, "2026-01-29T12:00:00Z").await;
    let before = site.requests().len();
    advance(&stack, &site, &server, TimeDelta::hours(30)).await;
    assert!(!days_asked(&site, before).contains(&"2026-01-07".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_several_pages_is_read_whole() {
    let (stack, site) = with_daily_papers().await;
    feature(&site, "2026-01-07", 1..251);
    let server = serve(&stack, &site).await;
    let feed = "{ feed(period: \"2026-01-07\") { papers { totalCount } } }";
    assert_eq!(server.client().field(feed).await["papers"]["totalCount"], 250);
    assert_eq!(site.requests().iter().filter(|request| request.query.contains("2026-01-07")).count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_unless_a_source_is_named() {
    let (stack, site) = super::stack_with_site().await;
    let server = serve(&stack, &site).await;
    advance(&stack, &site, &server, TimeDelta::minutes(2)).await;
    assert_eq!(asked(&site, "/"), 0);
    assert!(server.log().contains("none by schedule"), "{}", server.log());
}
