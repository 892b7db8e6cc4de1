//! Tests of listings.

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;

const PAGE: &str = include_str!("../../tests/data/listing.html");

fn refused(page: &str) -> PageError {
    parse(page.as_bytes()).expect_err("the page is not sound")
}

#[test]
fn sections_are_read_with_their_entries() {
    let listing = parse(PAGE.as_bytes()).unwrap();
    assert_eq!(Some(listing.announced_on), NaiveDate::from_ymd_opt(2026, 11, 27));
    assert_eq!((listing.total, listing.is_complete()), (4, true));
    let shape: Vec<_> =
        listing.sections.iter().map(|section| (section.kind, section.entries.len())).collect();
    assert_eq!(shape, [(AnnounceKind::New, 2), (AnnounceKind::Cross, 1), (AnnounceKind::Replace, 1)]);
    let records: Vec<&Record> = listing.entries().map(|entry| entry.as_ref().unwrap()).collect();
    let first = records[0];
    assert_eq!(first.id.as_str(), "2611.01234");
    assert_eq!(first.title, "Reading $O(n^2)$ Lists & Other Tables");
    assert_eq!(first.authors, ["Ada Doe", "Björn Roe", "Example Collaboration"]);
    assert_eq!(first.categories, ["cs.CL", "cs.AI", "math.OC"]);
    assert_eq!(first.comments.as_deref(), Some("12 pages, code at https://example.org/code"));
    assert_eq!(first.journal_ref.as_deref(), Some("J. Ex. 1 (2026)"));
    assert_eq!(first.r#abstract.as_deref(), Some("We read lists. A second line, where 1 < 2."));
    assert_eq!(first.announced_on, Some(listing.announced_on));
    let second = records[1];
    assert_eq!(second.id.as_str(), "hep-th/9901001");
    assert!(second.has_more_authors && second.comments.is_none());
    assert!(second.withdrawal.is_none());
    assert_eq!(records[2].announcement, Some(AnnounceKind::Cross));
    assert_eq!(records[2].categories[0], "math.OC");
    let replaced = records[3];
    assert_eq!((replaced.announcement, &replaced.r#abstract), (Some(AnnounceKind::Replace), &None));
    assert!(replaced.withdrawal.is_some());
}

#[test]
fn other_counts_than_those_stated_are_errors() {
    let count = |part, stated, found| PageError::Count { part, stated, found };
    for (from, to, error) in [
        ("showing 2 of 2", "showing 3 of 3", count("the section of new submissions", 3, 2)),
        ("showing 1 of 1", "showing 0 of 1", count("the section of cross-lists", 0, 1)),
        ("showing 2 of 2", "showing 2 of 1", count("the section of new submissions", 1, 2)),
        ("Total of 4", "Total of 3", count("the listing", 3, 4)),
    ] {
        assert_eq!(refused(&PAGE.replacen(from, to, 2)), error, "{from}");
    }
    let without_one = PAGE.replacen("<dt>\n", "<dx>\n", 1);
    assert_eq!(refused(&without_one), count("the section of new submissions", 2, 1));
    let without_any = "<h3>Showing new listings for Friday, 27 November 2026</h3><div class=paging>Total of 4 entries</div></html>";
    assert_eq!(refused(without_any), count("the listing", 4, 0));
}

#[test]
fn one_page_of_several_is_not_complete() {
    let page = PAGE.replace("showing 2 of 2", "showing first 2 of 50").replace("Total of 4", "Total of 52");
    assert_eq!(refused(&page), PageError::Count { part: "the page", stated: 52, found: 4 });
    let page = page.replace("up to 2000", "up to 4");
    let listing = parse(page.as_bytes()).unwrap();
    assert!(!listing.is_complete());
    assert_eq!(listing.sections[0].total, 50);
    let page = PAGE
        .replace("showing 1 of 1", "continued, showing last 1 of 30")
        .replace("Total of 4", "Total of 62");
    let page = page.replace("[1]", "[59]");
    assert_eq!(parse(page.as_bytes()).unwrap().sections[1].total, 30);
}

#[test]
fn days_without_an_announcement_are_empty() {
    let page = "<!DOCTYPE html><html><h3>Showing new listings for Monday, 1 December 2025</h3><p>No updates today.</p></html>";
    let listing = parse(page.as_bytes()).unwrap();
    assert_eq!((listing.total, listing.sections.len(), listing.is_complete()), (0, 0, true));
    let silent = page.replace("No updates today.", "");
    assert!(matches!(refused(&silent), PageError::Unexpected(_)));
}

#[test]
fn other_pages_are_refused() {
    assert_eq!(refused(""), PageError::Empty);
    assert_eq!(refused("Rate exceeded."), PageError::RateExceeded);
    assert_eq!(refused("<html><title>429 Too Many Requests</title></html>"), PageError::RateExceeded);
    assert!(matches!(refused("<html><h1>Retry after 5 seconds</h1></html>"), PageError::Unavailable { .. }));
    for page in [
        "<html><title>Welcome</title></html>".to_owned(),
        PAGE.replace("Showing new listings for", "Listings of"),
        PAGE.replace("27 November", "31 November"),
        PAGE.replace(" (showing 2 of 2 entries)", ""),
        PAGE.replace("<h3>New submissions", "<h3>Somewhat new submissions"),
        PAGE.replace("Total of", "In all"),
    ] {
        assert!(matches!(refused(&page), PageError::Unexpected(_)), "{page}");
    }
}

#[test]
fn one_bad_entry_does_not_refuse_the_page() {
    let page = PAGE.replace("/abs/2611.01234", "/abs/none").replace("arXiv:2611.01234", "arXiv:none");
    let listing = parse(page.as_bytes()).unwrap();
    let errors: Vec<_> = listing.entries().filter_map(|entry| entry.as_ref().err()).collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].to_string(), "none: \"none\" is not an arXiv identifier");
}

#[test]
fn a_listing_that_is_cut_anywhere_is_refused() {
    let end = PAGE.rfind("</html>").unwrap() + "</html>".len();
    for cut in 0..end {
        let error = parse(&PAGE.as_bytes()[..cut]).unwrap_err();
        assert!(
            matches!(error, PageError::CutOff | PageError::Empty | PageError::Unexpected(_)),
            "{cut}: {error}"
        );
    }
}

#[test]
fn pages_of_many_tags_are_refused() {
    let page = format!("<html>{}</html>", "<b>".repeat(2_000_000));
    assert_eq!(refused(&page), PageError::Limit("2,000,000 tags and attributes"));
}

#[test]
fn costly_pages_are_read_quickly() {
    for part in [
        "<div>",
        "<dt>",
        "<p>",
        "<a b=c ",
        "<h3>",
        "<span class=descriptor>",
        "&amp",
        "<!--",
        "<div class=list-title>x",
    ] {
        let page = format!("<html>{}</html>", part.repeat(400_000 / part.len()));
        let began = std::time::Instant::now();
        assert!(parse(page.as_bytes()).is_err());
        let took = began.elapsed();
        assert!(took.as_secs() < 5, "{part}: {took:?}");
    }
}

proptest! {
    #[test]
    fn any_page_is_read_without_a_panic(page in r#"(<(/?(dl|dt|dd|h3|p|div|span|a|html|script|br))( (class|href)=("[a-z-]{0,12}"|'paging'|list-title))?>|Total of [0-9]{1,25}|showing |arXiv:|&[a-z#0-9]{1,5};|\PC){0,40}"#) {
        let _ = parse(format!("<html>{page}</html>").as_bytes());
    }

    #[test]
    fn damaged_pages_are_read_without_a_panic(at in 0..PAGE.len(), octets in proptest::collection::vec(any::<u8>(), 0..12)) {
        let mut page = PAGE.as_bytes().to_vec();
        let end = (at + octets.len()).min(page.len());
        page.splice(at..end, octets);
        if let Ok(listing) = parse(&page) {
            prop_assert!(!listing.is_complete() || listing.entries().count() == 4);
        }
    }
}
