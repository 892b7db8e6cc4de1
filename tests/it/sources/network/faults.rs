//! What a site does wrong, and what becomes of it: nothing is lost, nothing is taken for an empty list, and a host that
//! fails is left alone.

use std::time::Duration;

use chrono::TimeDelta;

use super::{advance, feature, serve, stack_with_site, with_arxiv, with_daily_papers};
use crate::support::papers_site::{Announcement, Fault, Paper};

/// Faults of which each is survived within an hour of the clock.
fn faults() -> Vec<Fault> {
    let text = |text: &str| Some(text.to_owned());
    vec![
        Fault::CutOff,
        Fault::ChunkCutOff,
        Fault::TooManyRequests { retry_after: None },
        Fault::TooManyRequests { retry_after: text("120") },
        Fault::TooManyRequests { retry_after: text("nonsense") },
        Fault::Unavailable { retry_after: None },
        Fault::Unavailable { retry_after: text("600") },
        Fault::TextWithStatus200("Rate exceeded."),
        Fault::TextWithStatus200("Retry after 60 seconds"),
        Fault::HtmlInstead,
        Fault::WrongType,
        Fault::RedirectElsewhere("http://127.0.0.1:9/".to_owned()),
        Fault::RedirectElsewhere("http://169.254.169.254/latest/meta-data".to_owned()),
        Fault::GzipBomb,
        Fault::EmptyBody,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn all_papers_come_whatever_went_wrong_before() {
    for fault in faults() {
        let (stack, site) = with_arxiv("cs.CL").await;
        stack.set("SOURCES", "hf-daily, arxiv");
        site.add((1..=3).map(Paper::numbered));
        site.announce("cs.CL", Announcement::on("2026-01-07").new_papers(&["2601.00001"]));
        feature(&site, "2026-01-07", 4..6);
        for path in ["/api/daily_papers", "/list/", "/oai"] {
            site.fail(path, fault.clone(), 1);
        }
        let server = serve(&stack, &site).await;
        let told = stack.count("SELECT COUNT(*) FROM source_reading WHERE error IS NOT NULL").await;
        assert!(told >= 1, "{fault:?} is told");
        // One fault after the other, each with the delay that it brings.
        for _ in 0..4 {
            advance(&stack, &site, &server, TimeDelta::minutes(31)).await;
        }
        assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 5, "{fault:?}");
        let errors = "SELECT COUNT(*) FROM source_reading WHERE error IS NOT NULL";
        assert_eq!(stack.count(errors).await, 0, "{fault:?} is over");
        assert_eq!(
            stack.count("SELECT COUNT(*) FROM harvest WHERE finished_at IS NULL").await,
            0,
            "{fault:?}"
        );
        assert_eq!(
            stack.count("SELECT COUNT(*) FROM import_run WHERE status <> 'DONE'").await,
            0,
            "{fault:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_on_the_same_host_is_followed() {
    let (stack, site) = with_daily_papers().await;
    feature(&site, "2026-01-07", 1..2);
    site.fail(("/api/daily_papers", "date=2026-01-07"), Fault::RedirectSameHost, 1);
    let _server = serve(&stack, &site).await;
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_fails_is_left_alone_for_as_long_as_it_says() {
    let (stack, site) = with_daily_papers().await;
    site.fail("/api/daily_papers", Fault::TooManyRequests { retry_after: Some("1800".to_owned()) }, 1);
    let server = serve(&stack, &site).await;
    assert_eq!(site.requests().len(), 1, "nothing more is asked after it");
    advance(&stack, &site, &server, TimeDelta::minutes(29)).await;
    assert_eq!(site.requests().len(), 1);
    let admin = server.admin(&stack);
    let circuits = "{ admin { sources { openCircuits { host openUntil reason } } } }";
    let open = admin.field(circuits).await["sources"][0]["openCircuits"][0].clone();
    assert_eq!((&open["host"], &open["openUntil"]), (&"127.0.0.1".into(), &"2026-01-07T12:30:00Z".into()));
    assert!(open["reason"].as_str().unwrap().contains("429"), "{open}");
    advance(&stack, &site, &server, TimeDelta::minutes(2)).await;
    assert_eq!(site.requests().len(), 16);
    assert_eq!(admin.field(circuits).await["sources"][0]["openCircuits"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_site_holds_up_nothing_else() {
    let (stack, site) = with_daily_papers().await;
    site.fail("/api/daily_papers", Fault::SlowHeaders(Duration::from_secs(5)), 1);
    let hold = site.hold_at(1);
    let server = stack.serve().await;
    let mut hold = hold;
    hold.reached().await;
    let alive = reqwest::get(server.url("/health/live")).await.unwrap();
    assert!(alive.status().is_success());
    assert_eq!(server.client().field("{ papers { totalCount } }").await["totalCount"], 0);
    drop(hold);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_network_is_refused_unless_it_is_allowed_by_name() {
    let (stack, site) = stack_with_site().await;
    stack.set("SOURCES", "hf-daily");
    stack.set("SOURCE_PRIVATE_HOSTS", "");
    let _server = serve(&stack, &site).await;
    assert_eq!(site.requests().len(), 0);
    let error = stack.rows("SELECT error FROM source_reading WHERE error IS NOT NULL LIMIT 1").await;
    assert!(error[0].contains("private"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_jump_delay_nothing_for_long() {
    let (stack, site) = with_daily_papers().await;
    let server = serve(&stack, &site).await;
    // A year ahead, and back.
    stack.set_clock("2027-01-07T12:00:00Z".parse().unwrap());
    server.wait_for_sweep(stack.now()).await;
    feature(&site, "2026-01-07", 1..3);
    stack.set_clock("2026-01-07T12:30:00Z".parse().unwrap());
    // The same process goes on: it does not wait for a year.
    server.wait_for_sweep(stack.now()).await;
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 2);
    assert!(server.stop().success());
    assert_eq!(stack.count("SELECT COUNT(*) FROM source_reading WHERE day > '2026-01-08'").await, 0);
    let _server = serve(&stack, &site).await;
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 2);
}
