//! Pages of a search, and what it costs.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::until_found;
use crate::support::fixtures::{import_items, item};
use crate::support::graphql::PageInfo;
use crate::support::journey::create_paper;
use crate::support::{Client, Process, Stack, eventually};

const PAGE: &str = "query($query: String!, $first: Int, $after: String, $last: Int, $before: String) {
    search(query: $query, mode: KEYWORD, first: $first, after: $after, last: $last, before: $before) {
        totalCount edges { cursor node { title } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

/// More papers than a search lists.
const PAPER_COUNT: u32 = 230;

/// Papers that a search lists at most.
const DEPTH: usize = 200;

async fn server_with_many_papers(stack: &Stack) -> Process {
    let items: Vec<Value> = (1..=PAPER_COUNT).map(|number| item(number, 1)).collect();
    import_items(stack, "2026-01-06", &items);
    let server = stack.serve().await;
    let client = server.client();
    eventually("all papers are indexed", || async {
        let found = page(&client, json!({ "query": "paper" })).await;
        (found["totalCount"] == PAPER_COUNT).then_some(())
    })
    .await;
    server
}

async fn page(client: &Client, arguments: Value) -> Value {
    client.field_with(PAGE, arguments).await
}

fn entries(page: &Value) -> Vec<String> {
    let edges = page["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn paging_visits_every_paper_once_in_both_directions() {
    let stack = Stack::new().await;
    let server = server_with_many_papers(&stack).await;
    let client = server.client();
    for query in ["paper", "year:2026"] {
        let mut forwards = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = page(&client, json!({ "query": query, "first": 37, "after": after })).await;
            assert_eq!(page["totalCount"], PAPER_COUNT);
            let info = PageInfo::of(&page);
            assert_eq!(info.has_previous_page, after.is_some());
            forwards.extend(entries(&page));
            after = info.end_cursor;
            if !info.has_next_page {
                break;
            }
        }
        assert_eq!(forwards.iter().collect::<HashSet<_>>().len(), DEPTH, "{query}");
        assert_eq!(forwards.len(), DEPTH, "{query}");
        let mut backwards = Vec::new();
        let mut before: Option<String> = None;
        loop {
            let page = page(&client, json!({ "query": query, "last": 41, "before": before })).await;
            backwards.splice(0..0, entries(&page));
            let info = PageInfo::of(&page);
            before = info.start_cursor;
            if !info.has_previous_page {
                break;
            }
        }
        assert_eq!(backwards, forwards, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_stays_the_same_while_it_is_paged_through() {
    let stack = Stack::new().await;
    let server = server_with_many_papers(&stack).await;
    let client = server.client();
    let curator = server.curator(&stack);
    let all: Vec<String> = {
        let first = page(&client, json!({ "query": "paper", "first": 100 })).await;
        let end = PageInfo::of(&first).end_cursor;
        let second = page(&client, json!({ "query": "paper", "first": 100, "after": end })).await;
        entries(&first).into_iter().chain(entries(&second)).collect()
    };
    let first = page(&client, json!({ "query": "paper", "first": 20 })).await;
    let input = json!({ "title": "Paper paper paper", "abstract": "Paper.", "publishedOn": "2026-01-05" });
    let new = create_paper(&curator, input).await;
    eventually("the new paper is found first", || async {
        let now = page(&client, json!({ "query": "paper", "first": 1 })).await;
        (entries(&now) == ["Paper paper paper"]).then_some(())
    })
    .await;
    let end = PageInfo::of(&first).end_cursor;
    let second = page(&client, json!({ "query": "paper", "first": 20, "after": end })).await;
    assert_eq!(entries(&second), all[20..40]);
    // A paper that a cursor names and that is hidden meanwhile hides no other one.
    let hidden = entries(&second)[19].clone();
    let number: u32 = hidden.strip_prefix("Paper ").unwrap().parse().unwrap();
    let id = client.paper_id(&format!("2601.{number:05}")).await;
    super::change(&curator, super::HIDE, &id, json!({})).await;
    until_found(&client, &format!("2601.{number:05}"), &[]).await;
    let end = PageInfo::of(&second).end_cursor;
    let third = page(&client, json!({ "query": "paper", "first": 20, "after": end })).await;
    assert_eq!(entries(&third), all[40..60]);
    // In a list that is made anew the next one has its place.
    super::change(&curator, super::HIDE, &new, json!({})).await;
    assert!(server.stop().success());
    let server = stack.serve().await;
    let client = server.client();
    eventually("the hidden papers are found no more", || async {
        let now = page(&client, json!({ "query": "paper", "first": 1 })).await;
        (now["totalCount"] == PAPER_COUNT - 1).then_some(())
    })
    .await;
    let third = page(&client, json!({ "query": "paper", "first": 20, "after": end })).await;
    assert_eq!(entries(&third), all[40..60]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_search_is_refused() {
    let stack = Stack::new().await;
    let server = server_with_many_papers(&stack).await;
    let client = server.client();
    let first = page(&client, json!({ "query": "paper", "first": 5 })).await;
    let cursor = PageInfo::of(&first).end_cursor.unwrap();
    let papers = client.field("{ papers(first: 1) { pageInfo { endCursor } } }").await;
    let of_papers = PageInfo::of(&papers).end_cursor.unwrap();
    for arguments in [
        json!({ "query": "author", "first": 5, "after": cursor }),
        json!({ "query": "paper", "first": 5, "after": of_papers }),
        json!({ "query": "paper", "first": 5, "after": "xyz" }),
        json!({ "query": "paper", "first": 5, "last": 5 }),
        json!({ "query": "paper", "first": 101 }),
        json!({ "query": "paper", "first": -1 }),
    ] {
        assert_eq!(client.code(PAGE, arguments.clone()).await, "BAD_REQUEST", "{arguments}");
    }
    let query = "query($after: String) { search(query: \"paper\", mode: KEYWORD, filter: { minUpvotes: 1 }, after: $after) {
        totalCount } }";
    assert_eq!(client.code(query, json!({ "after": cursor })).await, "BAD_REQUEST");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_costs_what_it_takes() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let client = server.client();
    let cost = async |query: &str| client.execute(query, json!({})).await.cost();
    let list = cost("{ papers(first: 20) { nodes { title } } }").await;
    let search = cost("{ search(query: \"a\", first: 20) { nodes { title } } }").await;
    assert!(search >= list + 15, "{search} {list}");
    let twice = cost(
        "{ a: search(query: \"a\", first: 20) { nodes { title } } b: search(query: \"b\", first: 20) { nodes { title } } }",
    )
    .await;
    assert!(twice >= 2 * search - 1, "{twice} {search}");
    let with_facets =
        cost("{ search(query: \"a\", first: 20) { nodes { title } facets(kind: YEAR) { count } } }").await;
    assert!(with_facets >= search + 10, "{with_facets} {search}");
    let related = cost("{ papers(first: 20) { nodes { related(first: 1) { title } } } }").await;
    assert!(related >= 20 * 10, "{related}");
    // A document cannot ask for very many.
    let many: String = (0..200).map(|n| format!("s{n}: search(query: \"{n}\") {{ totalCount }} ")).collect();
    let refused = client.execute(&format!("{{ {many} }}"), json!({})).await;
    assert!(refused.has_errors() && !refused.has_data(), "{refused:.300}");
}
