//! `daily-papers import` over the network, and `daily-papers sources`.

use super::{asked, feature, serve, stack_with_site, with_arxiv};
use crate::sources::counts;
use crate::support::papers_site::{Announcement, Fault, Paper};

#[tokio::test(flavor = "multi_thread")]
async fn days_of_hugging_face_are_imported_by_date() {
    let (stack, site) = stack_with_site().await;
    feature(&site, "2026-01-05", 1..4);
    feature(&site, "2026-01-06", 4..6);
    site.set_indexed("2026-01-04", false);
    let done = stack.done(&["import", "hf-daily", "2026-01-04..2026-01-06"]);
    assert_eq!(counts(&done), "read 5, created 5, updated 0, unchanged 0, rejected 0");
    let again = stack.done(&["import", "hf-daily", "2026-01-06", "2026-01-05"]);
    assert_eq!(counts(&again), "read 5, created 0, updated 0, unchanged 5, rejected 0");
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper_history").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn announcements_are_imported_by_category() {
    let (stack, site) = stack_with_site().await;
    site.add((1..=3).map(Paper::numbered));
    site.announce("cs.CL", Announcement::on("2026-01-07").new_papers(&["2601.00001"]).cross(&["2601.00002"]));
    site.announce("math.NA", Announcement::on("2026-01-07").new_papers(&["2601.00003"]));
    let done = stack.done(&["import", "arxiv-listing", "cs.CL", "cs.NA"]);
    assert_eq!(counts(&done), "read 3, created 3, updated 0, unchanged 0, rejected 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_harvested_by_set_and_day() {
    let (stack, site) = stack_with_site().await;
    site.add((1..=5).map(Paper::numbered));
    site.add([Paper::new("2601.00009").categories("hep-th")]);
    site.set_page_size(2);
    let done = stack.done(&[
        "import",
        "arxiv-oai",
        "--set",
        "cs.CL",
        "--from",
        "2026-01-01",
        "--until",
        "2026-01-31",
    ]);
    assert_eq!(counts(&done), "read 5, created 5, updated 0, unchanged 0, rejected 0");
    let first = &site.requests()[0].query;
    assert!(first.contains("set=cs%3Acs%3ACL&from=2026-01-01&until=2026-01-31"), "{first}");
    let all = stack.done(&["import", "arxiv-oai", "--from", "2026-01-01"]);
    assert_eq!(counts(&all), "read 6, created 1, updated 0, unchanged 5, rejected 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn single_papers_are_imported_by_identifier() {
    let (stack, site) = stack_with_site().await;
    site.add([Paper::numbered(1), Paper::new("hep-th/9901001")]);
    let done = stack.done(&["import", "arxiv-query", "2601.00001v3", "hep-th/9901001", "2601.99999"]);
    assert_eq!(counts(&done), "read 3, created 2, updated 0, unchanged 0, rejected 1");
    assert_eq!(asked(&site, "/api/query"), 2, "in one request, and the missing one alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_told_and_the_rest_is_imported() {
    let (stack, site) = stack_with_site().await;
    feature(&site, "2026-01-05", 1..4);
    feature(&site, "2026-01-06", 4..6);
    site.fail(
        ("/api/daily_papers", "2026-01-05"),
        Fault::Unavailable { retry_after: Some("86400".to_owned()) },
        1,
    );
    let output = stack.run(&["import", "hf-daily", "2026-01-06", "2026-01-05"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("2026-01-05: 127.0.0.1 answered with status 503"), "{said}");
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_told_before_anything_is_asked() {
    let (stack, site) = stack_with_site().await;
    for (arguments, said) in [
        (&["import", "arxiv-listing", "cs.XX"][..], "cs.XX"),
        (&["import", "arxiv-oai", "--set", "c s"][..], "neither a category nor a set"),
        (&["import", "arxiv-oai", "--from", "2026-01-09", "--until", "2026-01-01"][..], "is after"),
        (&["import", "hf-daily", "2026-01-05", "nowhere.json"][..], "nowhere.json is not like the others"),
    ] {
        let refused = stack.refused(arguments);
        assert!(refused.contains(said), "{refused}");
    }
    stack.set("SOURCE_CONTACT", "");
    let refused = stack.refused(&["import", "hf-daily", "2026-01-05"]);
    assert!(refused.contains("requires the setting source_contact"), "{refused}");
    assert_eq!(site.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_sources_is_shown() {
    let (stack, site) = with_arxiv("cs.CL").await;
    stack.set("SOURCES", "hf-daily, arxiv");
    site.add([Paper::numbered(1)]);
    site.announce("cs.CL", Announcement::on("2026-01-07").new_papers(&["2601.00001"]));
    let _server = serve(&stack, &site).await;
    let said = stack.done(&["sources"]);
    for line in [
        "hf-daily  read by schedule",
        "arxiv  read by schedule",
        "  cs.CL                    latest day 2026-01-07 (1 papers), read 2026-01-07 12:00 UTC, tried 2026-01-07 12:00 UTC, next never",
        "  cs:cs:CL                 latest day 2026-01-07, read 2026-01-07 12:00 UTC, tried 2026-01-07 12:00 UTC, next 2026-01-08 03:30 UTC",
    ] {
        assert!(said.lines().any(|said| said == line), "{line:?} is missing:\n{said}");
    }
}
