//! arXiv's announcements by schedule.

use chrono::TimeDelta;
use serde_json::json;

use super::{advance, advance_to, asked, serve, with_arxiv};
use crate::support::papers_site::{Announcement, Fault, Paper};

/// How the lists of a source stand: category, day, status.
const READINGS: &str = "SELECT part || ' ' || CAST(day AS TEXT) || ' ' || status FROM source_reading \
                        WHERE source = 'ARXIV' ORDER BY day, part";

#[tokio::test(flavor = "multi_thread")]
async fn new_papers_and_cross_lists_of_each_category_are_read() {
    let (stack, site) = with_arxiv("cs.CL, math.NA").await;
    site.add((1..=5).map(Paper::numbered));
    site.add([Paper::new("2412.00009").title("An older paper in one more category")]);
    site.announce(
        "cs.CL",
        Announcement::on("2026-01-07").new_papers(&["2601.00001", "2601.00002"]).replaced(&["2601.00005"]),
    );
    site.announce(
        "math.NA",
        Announcement::on("2026-01-07").new_papers(&["2601.00003"]).cross(&["2412.00009"]),
    );
    let server = serve(&stack, &site).await;
    assert_eq!(stack.rows(READINGS).await, ["cs.CL 2026-01-07 SETTLED", "math.NA 2026-01-07 SETTLED"]);
    let old = "{ paper(arxivId: \"2412.00009\") { title publishedOn featuredOn } }";
    let expected = json!({
        "title": "An older paper in one more category", "publishedOn": "2024-12-31", "featuredOn": null,
    });
    assert_eq!(server.client().field(old).await, expected, "an identifier says no more than the month");
    let listed =
        "SELECT COUNT(*) FROM import_run WHERE source = 'ARXIV_LISTING' AND status = 'DONE' AND created > 0";
    assert_eq!(stack.count(listed).await, 2);
    // It is there: nobody asks for it again.
    let before = asked(&site, "/list/");
    advance(&stack, &site, &server, TimeDelta::hours(3)).await;
    assert_eq!(asked(&site, "/list/"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_is_looked_for_until_it_is_there() {
    let (stack, site) = with_arxiv("cs.CL").await;
    site.add((1..=2).map(Paper::numbered));
    site.announce("cs.CL", Announcement::on("2026-01-07").new_papers(&["2601.00001"]));
    let server = serve(&stack, &site).await;
    // The next one is made at 20:00 in New York, 01:00 UTC.
    advance_to(&stack, &site, &server, "2026-01-08T00:59:00Z").await;
    assert_eq!(asked(&site, "/list/"), 1);
    advance_to(&stack, &site, &server, "2026-01-08T01:00:00Z").await;
    assert_eq!(asked(&site, "/list/"), 2, "at once");
    let waits = stack.rows("SELECT error FROM source_reading WHERE status = 'AWAITED'").await;
    assert_eq!(waits, ["The listing is still that of 2026-01-07."]);
    advance(&stack, &site, &server, TimeDelta::minutes(10)).await;
    assert_eq!(asked(&site, "/list/"), 3);
    site.announce("cs.CL", Announcement::on("2026-01-08").new_papers(&["2601.00002"]));
    advance(&stack, &site, &server, TimeDelta::minutes(10)).await;
    assert_eq!(stack.rows(READINGS).await, ["cs.CL 2026-01-07 SETTLED", "cs.CL 2026-01-08 SETTLED"]);
    assert_eq!(
        server.client().field("{ paper(arxivId: \"2601.00002\") { title } }").await["title"],
        "Paper 2"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_announcement_is_told_from_none() {
    let (stack, site) = with_arxiv("cs.CL").await;
    site.add((1..=2).map(Paper::numbered));
    site.announce("cs.CL", Announcement::on("2026-01-07").new_papers(&["2601.00001"]));
    let server = serve(&stack, &site).await;
    advance_to(&stack, &site, &server, "2026-01-08T01:00:00Z").await;
    advance_to(&stack, &site, &server, "2026-01-08T09:00:00Z").await;
    let sources = "{ admin { sources { name parts { name problem } } } }";
    let admin = server.admin(&stack);
    let part = admin.field(sources).await["sources"][1]["parts"][0].clone();
    assert_eq!(part["name"], "cs.CL");
    assert_eq!(part["problem"], "The source is late: the listing is still that of 2026-01-07.");
    // It is looked for to the end, and does not come: there was none.
    advance_to(&stack, &site, &server, "2026-01-09T00:30:00Z").await;
    site.announce("cs.CL", Announcement::on("2026-01-09").new_papers(&["2601.00002"]));
    advance_to(&stack, &site, &server, "2026-01-09T01:00:00Z").await;
    assert_eq!(
        stack.rows(READINGS).await,
        ["cs.CL 2026-01-07 SETTLED", "cs.CL 2026-01-08 NOTHING", "cs.CL 2026-01-09 SETTLED"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_of_a_missed_announcement_come_by_the_harvest() {
    let (stack, site) = with_arxiv("cs.CL").await;
    site.add([Paper::numbered(1)]);
    site.announce("cs.CL", Announcement::on("2026-01-07").new_papers(&["2601.00001"]));
    let server = serve(&stack, &site).await;
    // The service sees that it is awaited, and is away when it comes.
    advance_to(&stack, &site, &server, "2026-01-08T01:00:00Z").await;
    assert!(server.stop().success());
    site.add([Paper::numbered(2).submitted("2026-01-07T15:00:00Z")]);
    site.announce("cs.CL", Announcement::on("2026-01-09"));
    stack.advance_to("2026-01-09T12:00:00Z").await;
    let server = serve(&stack, &site).await;
    assert_eq!(
        stack.rows(READINGS).await,
        ["cs.CL 2026-01-07 SETTLED", "cs.CL 2026-01-08 SETTLED", "cs.CL 2026-01-09 SETTLED"],
        "the harvest has repaired the day"
    );
    assert_eq!(
        server.client().field("{ paper(arxivId: \"2601.00002\") { title } }").await["title"],
        "Paper 2"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn announcements_that_no_worker_knew_of_are_gaps_and_repaired() {
    let (stack, site) = with_arxiv("cs.CL").await;
    site.add([Paper::numbered(1)]);
    site.announce("cs.CL", Announcement::on("2026-01-07").new_papers(&["2601.00001"]));
    let server = serve(&stack, &site).await;
    assert!(server.stop().success());
    // Away from Wednesday to Monday; the days between are gone from the listing.
    site.add([Paper::numbered(2).submitted("2026-01-08T15:00:00Z")]);
    site.announce("cs.CL", Announcement::on("2026-01-12"));
    site.fail("/oai", Fault::Unavailable { retry_after: Some("1200".to_owned()) }, 1);
    stack.advance_to("2026-01-12T12:00:00Z").await;
    let server = serve(&stack, &site).await;
    let expected = |between: &str| {
        ["07 SETTLED".to_owned(), format!("08 {between}"), format!("09 {between}"), "12 SETTLED".to_owned()]
            .map(|day| format!("cs.CL 2026-01-{day}"))
    };
    assert_eq!(stack.rows(READINGS).await, expected("MISSED"));
    advance(&stack, &site, &server, TimeDelta::minutes(21)).await;
    assert_eq!(stack.rows(READINGS).await, expected("SETTLED"), "the harvest has brought their papers");
    assert_eq!(
        server.client().field("{ paper(arxivId: \"2601.00002\") { title } }").await["title"],
        "Paper 2"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_that_the_timetable_does_not_know_is_read() {
    let (stack, site) = with_arxiv("cs.CL").await;
    site.add([Paper::numbered(1)]);
    // Stated for the next day already.
    site.announce("cs.CL", Announcement::on("2026-01-08").new_papers(&["2601.00001"]));
    let server = serve(&stack, &site).await;
    let readings = stack.rows(READINGS).await;
    assert!(readings.contains(&"cs.CL 2026-01-08 SETTLED".to_owned()), "{readings:?}");
    assert_eq!(
        server.client().field("{ paper(arxivId: \"2601.00001\") { title } }").await["title"],
        "Paper 1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_lacks_what_it_states_is_an_error() {
    let (stack, site) = with_arxiv("cs.CL").await;
    site.add((1..=3).map(Paper::numbered));
    let announcement =
        || Announcement::on("2026-01-07").new_papers(&["2601.00001", "2601.00002", "2601.00003"]);
    site.announce("cs.CL", announcement().with_wrong_counts());
    // The harvest is not to bring the papers.
    site.fail("/oai", Fault::Unavailable { retry_after: None }, 100);
    let server = serve(&stack, &site).await;
    assert_eq!(stack.rows(READINGS).await, ["cs.CL 2026-01-07 AWAITED"]);
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 0, "never a shorter list");
    assert_eq!(
        stack
            .count("SELECT COUNT(*) FROM source_reading WHERE error LIKE '%should have 4 entries and has 3%'")
            .await,
        1
    );
    site.announce("cs.CL", announcement());
    advance(&stack, &site, &server, TimeDelta::minutes(5)).await;
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_that_is_no_longer_listed_is_left_alone() {
    let (stack, site) = with_arxiv("cs.CL, cs.LG").await;
    site.announce("cs.CL", Announcement::on("2026-01-06"));
    site.announce("cs.LG", Announcement::on("2026-01-06"));
    let server = serve(&stack, &site).await;
    assert!(server.stop().success());
    stack.set("ARXIV_CATEGORIES", "cs.CL");
    stack.advance(TimeDelta::minutes(61)).await;
    let before = site.requests().len();
    let _server = serve(&stack, &site).await;
    let paths: Vec<String> = site.requests()[before..].iter().map(|request| request.path.clone()).collect();
    assert!(paths.contains(&"/list/cs.CL/new".to_owned()), "{paths:?}");
    assert!(!paths.contains(&"/list/cs.LG/new".to_owned()), "{paths:?}");
}
