//! Harvests of arXiv's records by schedule.

use chrono::TimeDelta;
use serde_json::json;

use super::{advance, advance_to, serve, with_arxiv};
use crate::support::Stack;
use crate::support::papers_site::{Announcement, Fault, Paper, PapersSite};

/// A category with papers that changed in the last days, in pages of two.
async fn harvested(papers: u32) -> (Stack, PapersSite) {
    let (stack, site) = with_arxiv("cs.CL").await;
    site.announce("cs.CL", Announcement::on("2026-01-07"));
    site.add((1..=papers).map(Paper::numbered));
    site.set_page_size(2);
    (stack, site)
}

fn records_asked(site: &PapersSite) -> Vec<String> {
    site.requests()
        .into_iter()
        .filter(|request| request.path == "/oai")
        .map(|request| request.query)
        .collect()
}

async fn papers(stack: &Stack) -> i64 {
    stack.count("SELECT COUNT(*) FROM paper").await
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_of_a_list_are_read_and_the_next_list_begins_where_this_one_did() {
    let (stack, site) = harvested(5).await;
    let server = serve(&stack, &site).await;
    assert_eq!(papers(&stack).await, 5);
    let asked = records_asked(&site);
    assert_eq!(asked.len(), 3, "{asked:?}");
    let first = "verb=ListRecords&metadataPrefix=arXivRaw&set=cs%3Acs%3ACL&from=2025-12-31";
    assert_eq!(asked[0], first);
    assert!(asked[1].starts_with("verb=ListRecords&resumptionToken="), "{}", asked[1]);
    let runs = "SELECT status || ' ' || read || ' ' || created FROM import_run WHERE source = 'ARXIV_OAI'";
    assert_eq!(stack.rows(runs).await, ["DONE 5 5"]);

    // A paper is revised; the next harvest comes after the next announcement.
    site.change("2601.00001", |paper| paper.revised("2026-01-08T01:00:00Z").title("Paper 1, revised"));
    advance_to(&stack, &site, &server, "2026-01-08T03:29:00Z").await;
    assert_eq!(records_asked(&site).len(), 3);
    advance_to(&stack, &site, &server, "2026-01-08T03:30:00Z").await;
    assert!(records_asked(&site)[3].ends_with("from=2026-01-07"), "{:?}", records_asked(&site));
    let paper = "{ paper(arxivId: \"2601.00001\") { title versions { number } } }";
    let expected = json!({ "title": "Paper 1, revised", "versions": [{ "number": 1 }, { "number": 2 }] });
    assert_eq!(server.client().field(paper).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_without_records_is_read() {
    let (stack, site) = harvested(0).await;
    let _server = serve(&stack, &site).await;
    let states = "SELECT COUNT(*) FROM harvest WHERE finished_at IS NOT NULL AND error IS NULL";
    assert_eq!(stack.count(states).await, 1);
    assert_eq!(records_asked(&site).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expired_begins_the_list_again() {
    let (stack, site) = harvested(5).await;
    site.fail(("/oai", "resumptionToken"), Fault::ExpiredToken, 1);
    let server = serve(&stack, &site).await;
    assert_eq!(papers(&stack).await, 2, "the first page stays");
    advance(&stack, &site, &server, TimeDelta::minutes(5)).await;
    assert_eq!(papers(&stack).await, 5);
    let asked = records_asked(&site);
    assert_eq!(asked.iter().filter(|query| query.contains("&metadataPrefix=")).count(), 2, "{asked:?}");
    assert_eq!(stack.count("SELECT COUNT(*) FROM harvest WHERE error IS NULL").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_past_its_time_is_not_sent() {
    let (stack, site) = harvested(5).await;
    site.fail(("/oai", "resumptionToken"), Fault::Unavailable { retry_after: Some("93600".to_owned()) }, 1);
    let server = serve(&stack, &site).await;
    assert_eq!(papers(&stack).await, 2);
    // A day later the token is no longer valid.
    advance_to(&stack, &site, &server, "2026-01-09T15:00:00Z").await;
    let asked = records_asked(&site);
    assert!(asked[2].contains("&metadataPrefix="), "{asked:?}");
    assert_eq!(papers(&stack).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_repeat_or_end_early_are_errors() {
    for fault in [Fault::RepeatedPage, Fault::ShortPage] {
        let (stack, site) = harvested(5).await;
        // The second page repeats; of short pages the list lacks a record at its end.
        site.fail(("/oai", "resumptionToken"), fault.clone(), 1);
        let server = serve(&stack, &site).await;
        let unfinished = "SELECT COUNT(*) FROM harvest WHERE finished_at IS NULL AND error IS NOT NULL";
        assert_eq!(stack.count(unfinished).await, 1, "{fault:?}");
        advance(&stack, &site, &server, TimeDelta::minutes(5)).await;
        assert_eq!(papers(&stack).await, 5, "{fault:?}");
        assert_eq!(
            stack.count("SELECT COUNT(*) FROM harvest WHERE finished_at IS NOT NULL").await,
            1,
            "{fault:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_overlap_change_nothing() {
    let (stack, site) = harvested(5).await;
    site.leave_out_totals();
    site.fail(("/oai", "resumptionToken"), Fault::OverlappingPage, 1);
    let _server = serve(&stack, &site).await;
    assert_eq!(papers(&stack).await, 5);
    assert_eq!(stack.count("SELECT COUNT(*) FROM harvest WHERE finished_at IS NOT NULL").await, 1);
}
