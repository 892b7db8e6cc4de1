//! Pages of papers, feeds and editions: links, formulas and text direction.

use serde_json::json;

use super::{get, stack_with_papers};
use crate::support::Stack;
use crate::support::fixtures::{import_items, item, right_to_left_item};

#[tokio::test(flavor = "multi_thread")]
async fn the_home_page_shows_the_latest_day_with_links_to_its_neighbours() {
    let (_stack, server) = stack_with_papers().await;
    let (status, page) = get(&server, "/").await;
    assert_eq!(status, 200);
    for needed in [
        "<h1>Tuesday, 6 January 2026</h1>",
        "3 papers",
        "/papers/2601.00010\">Paper 10</a>",
        "<bdi>Author 10</bdi>, <bdi>Ada Lovelace</bdi> · 1 January 2026 · 3 votes · 1 comment",
        "What paper 10 is about.",
        "rel=\"prev\" href=\"/date/2026-01-05\"",
        "action=\"/subscribe\"",
    ] {
        assert!(page.contains(needed), "{needed} is missing in:\n{page}");
    }
    assert!(!page.contains("rel=\"next\"") && !page.contains("<script"));
    let (_, page) = get(&server, "/date/2026-01-05").await;
    assert!(page.contains("rel=\"next\" href=\"/date/2026-01-06\"") && page.contains("Paper 3"));
    for (missing, status) in [
        ("/date/2026-01-32", 404),
        ("/date/2026-W02", 404),
        ("/papers/nothing", 404),
        ("/nothing", 404),
        ("/editions/daily/2026-01-04", 404),
        ("/editions/weekly/2026-01-06", 404),
    ] {
        assert_eq!(get(&server, missing).await.0.as_u16(), status, "{missing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_and_an_edition_have_pages() {
    let (_stack, server) = stack_with_papers().await;
    for form in ["2601.00010", "2601.00010v2", "https:%2F%2Farxiv.org%2Fabs%2F2601.00010"] {
        let (status, page) = get(&server, &format!("/papers/{form}")).await;
        assert_eq!(status, 200, "{form}");
        assert!(
            page.contains("<h1 dir=\"auto\">Paper 10</h1>")
                && page.contains("https://arxiv.org/abs/2601.00010"),
            "{page}"
        );
        assert!(page.contains("href=\"/date/2026-01-06\""), "{page}");
    }
    let page = crate::support::eventually("the edition is published", || async {
        let (status, page) = get(&server, "/editions/daily/2026-01-06").await;
        (status == 200).then_some(page)
    })
    .await;
    assert!(
        page.contains("<h1>Daily Papers</h1>") && page.contains("3 papers") && page.contains("2026-01-05"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_in_papers_is_escaped() {
    let stack = Stack::new().await;
    let mut hostile = item(1, 1);
    hostile["title"] = json!("<script>alert(1)</script> \"quoted\" & more");
    hostile["paper"]["summary"] = json!("<img src=x onerror=alert(1)>");
    hostile["paper"]["authors"] = json!([{ "name": "<b>Mallory</b>" }]);
    hostile["paper"]["ai_keywords"] = json!(["<i>k</i>"]);
    hostile["paper"]["projectPage"] = json!("javascript:alert(1)");
    import_items(&stack, "2026-01-06", &[hostile]);
    let server = stack.serve().await;
    for path in ["/", "/papers/2601.00001"] {
        let (_, page) = get(&server, path).await;
        for markup in ["<script", "<img", "<b>", "<i>", "javascript:"] {
            assert!(!page.contains(markup), "{markup} in {path}:\n{page}");
        }
    }
    let (_, page) = get(&server, "/").await;
    assert!(page.contains("alert(1)") && page.contains("Mallory"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_text_on_a_page_has_its_own_direction() {
    let stack = Stack::new().await;
    let mut paper = right_to_left_item(1, 9);
    paper["submittedBy"] = json!({ "name": "dana", "fullname": "דנה" });
    import_items(&stack, "2026-01-06", &[paper, item(2, 1)]);
    let server = stack.serve().await;
    let byline = "<p class=\"byline\"><bdi>مختبر المدى</bdi> · <bdi>דנה כהן</bdi>, <bdi>Ada Lovelace</bdi>, \
                  <bdi>محمد علي</bdi> · 2 January 2026 · 9 votes · 1 comment";
    let (_, page) = get(&server, "/").await;
    for needed in [
        "<h2 dir=\"auto\"><a href=\"/papers/2601.00001\">למידה עמוקה: BERT בעברית</a></h2>",
        byline,
        "<p dir=\"auto\">אנחנו מראים",
        "<h2 dir=\"auto\"><a href=\"/papers/2601.00002\">Paper 2</a></h2>",
    ] {
        assert!(page.contains(needed), "{needed} is not in\n{page}");
    }
    let (_, page) = get(&server, "/papers/2601.00001").await;
    for needed in [
        "<title>\u{2068}למידה עמוקה: BERT בעברית\u{2069} · Daily Papers</title>",
        "<h1 dir=\"auto\">למידה עמוקה: BERT בעברית</h1>",
        byline,
        "<p dir=\"auto\">אנחנו מראים",
        "<li><bdi>עברית</bdi></li>",
        "Submitted by <bdi>דנה</bdi> (@<bdi>dana</bdi>)",
    ] {
        assert!(page.contains(needed), "{needed} is not in\n{page}");
    }
    let (_, page) = get(&server, "/papers/2601.00002").await;
    assert!(page.contains("<title>Paper 2 · Daily Papers</title>"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn formulas_on_pages_are_readable() {
    let stack = Stack::new().await;
    let mut formula = item(1, 1);
    formula["title"] = json!("Sorting in $O(n^2)$ by Erd\\H{o}s");
    formula["paper"]["summary"] = json!("We show that $\\alpha \\leq 10^{-3}$.");
    import_items(&stack, "2026-01-06", &[formula]);
    let server = stack.serve().await;
    for path in ["/", "/papers/2601.00001"] {
        let (_, page) = get(&server, path).await;
        assert!(page.contains("Sorting in O(n²) by Erdős"), "{page}");
        assert!(page.contains("We show that α ≤ 10⁻³."), "{page}");
    }
}
