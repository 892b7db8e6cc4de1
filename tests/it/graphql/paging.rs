//! Connections: forwards, backwards, and while the list changes.

use serde_json::{Value, json};

use crate::support::Client;
use crate::support::fixtures::{import_day, stack_with_papers};
use crate::support::graphql::PageInfo;

const PAGE: &str = "query($first: Int, $after: String, $last: Int, $before: String, $order: PaperOrder!) {
    papers(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {
        edges { cursor node { title } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

async fn page(client: &Client, mut arguments: Value, order: &str) -> Value {
    arguments["order"] = json!(order);
    client.field_with(PAGE, arguments).await
}

fn entries(page: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    page["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| (text(&edge["node"]["title"]), text(&edge["cursor"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn paging_visits_every_paper_once_in_both_directions() {
    let (_stack, server) = stack_with_papers(1..24).await;
    let client = server.client();
    for order in ["NEWEST", "UPVOTES", "COMMENTS", "TRENDING"] {
        let all = entries(&page(&client, json!({ "first": 100 }), order).await);
        assert_eq!(all.len(), 23);
        let mut forwards = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = page(&client, json!({ "first": 5, "after": after }), order).await;
            let info = PageInfo::of(&page);
            assert_eq!(info.has_previous_page, after.is_some());
            forwards.extend(entries(&page));
            after = info.end_cursor;
            if !info.has_next_page {
                break;
            }
        }
        assert_eq!(forwards, all, "{order}");
        let mut backwards = Vec::new();
        let mut before: Option<String> = None;
        loop {
            let page = page(&client, json!({ "last": 7, "before": before }), order).await;
            backwards.splice(0..0, entries(&page));
            let info = PageInfo::of(&page);
            before = info.start_cursor;
            if !info.has_previous_page {
                break;
            }
        }
        assert_eq!(backwards, all, "{order}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_added_while_paging_neither_hide_nor_repeat_others() {
    let (stack, server) = stack_with_papers(1..11).await;
    let client = server.client();
    let first = page(&client, json!({ "first": 4 }), "UPVOTES").await;
    import_day(&stack, "2026-01-07", 100..120);
    let rest =
        page(&client, json!({ "first": 100, "after": PageInfo::of(&first).end_cursor }), "UPVOTES").await;
    let titles: Vec<String> =
        entries(&first).into_iter().chain(entries(&rest)).map(|(title, _)| title).collect();
    for number in 1..11 {
        assert_eq!(titles.iter().filter(|title| **title == format!("Paper {number}")).count(), 1, "{number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_and_editions_are_paged_alike() {
    let (_stack, server) = stack_with_papers(1..8).await;
    let client = server.client();
    crate::support::eventually("the edition is published", || async {
        let edition = client.field("{ edition(cadence: DAILY, period: \"2026-01-06\") { id } }").await;
        (!edition.is_null()).then_some(())
    })
    .await;
    for (list, path) in [
        ("feed(period: \"2026-01-06\") { papers", "/feed/papers"),
        ("edition(cadence: DAILY, period: \"2026-01-06\") { papers", "/edition/papers"),
    ] {
        let read = async |arguments: &str| {
            let query = format!(
                "{{ {list}({arguments}) {{ edges {{ cursor node {{ title }} }} pageInfo {{ endCursor startCursor hasNextPage hasPreviousPage }} }} }} }}"
            );
            client.get(&query).await.pointer(path).unwrap().clone()
        };
        let all = entries(&read("first: 50").await);
        assert_eq!(all.len(), 7);
        let first = read("first: 3").await;
        let end = PageInfo::of(&first).end_cursor.unwrap();
        let rest = read(&format!("first: 50, after: \"{end}\"")).await;
        assert_eq!([entries(&first), entries(&rest)].concat(), all);
        let last = entries(&read("last: 2").await);
        assert_eq!(last, all[5..]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_paging_arguments_are_refused() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let client = server.client();
    let newest = PageInfo::of(&page(&client, json!({ "first": 1 }), "NEWEST").await).end_cursor;
    for arguments in [
        json!({ "first": 1, "last": 1 }),
        json!({ "first": -1 }),
        json!({ "first": 101 }),
        json!({ "last": 1_000_000 }),
        json!({ "after": "nonsense" }),
        json!({ "before": "" }),
        json!({ "after": "x".repeat(500) }),
        // A cursor of another order.
        json!({ "after": newest }),
    ] {
        let mut variables = arguments.clone();
        variables["order"] = json!("UPVOTES");
        assert_eq!(client.code(PAGE, variables).await, "BAD_REQUEST", "{arguments}");
    }
    let empty = page(&client, json!({ "first": 0 }), "NEWEST").await;
    assert_eq!(empty["edges"], json!([]));
    assert_eq!(PageInfo::of(&empty).end_cursor, None);
}
