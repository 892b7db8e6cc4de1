//! Suggestions while a query is typed, and related papers.

use serde_json::{Value, json};

use super::{GRAPHS, HIDE, RETRIEVAL, SURVEY, VISION, change, server_with_papers, until_found};
use crate::support::graphql::titles;
use crate::support::{Client, Stack};

async fn suggest(client: &Client, prefix: &str) -> (Vec<Value>, Vec<String>) {
    let query = "query($prefix: String!) { suggest(prefix: $prefix) { authors { name paperCount } papers { title } } }";
    let found = client.field_with(query, json!({ "prefix": prefix })).await;
    let papers = titles(&json!({ "nodes": found["papers"] }));
    (
        found["authors"].as_array().unwrap().clone(),
        papers.iter().map(|title| title.chars().take(8).collect()).collect(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_titles_continue_what_is_typed() {
    let stack = Stack::new().await;
    let (server, curator, ids) = server_with_papers(&stack).await;
    let client = server.client();
    let ada = json!({ "name": "Ada Lovelace", "paperCount": 2 });
    for prefix in ["ada", "Ada L", "lovel", "LOVELACE a"] {
        assert_eq!(suggest(&client, prefix).await.0, std::slice::from_ref(&ada), "{prefix}");
    }
    assert_eq!(suggest(&client, "lukasz k").await.0, [json!({ "name": "Łukasz Kaiser", "paperCount": 1 })]);
    for (prefix, papers) in [
        ("graph retr", vec![SURVEY]),
        ("graph retrieval", vec![SURVEY]),
        ("gra", vec![SURVEY, GRAPHS]),
        ("pretr", vec![VISION, GRAPHS]),
        ("zzz", vec![]),
        ("", vec![]),
        ("\"*\\", vec![]),
    ] {
        assert_eq!(suggest(&client, prefix).await.1, papers, "{prefix}");
    }
    let query = "query($prefix: String!, $first: Int!) { suggest(prefix: $prefix, first: $first) { papers { title } } }";
    let none = client.field_with(query, json!({ "prefix": "graph", "first": 0 })).await;
    assert_eq!(none, json!({ "papers": [] }));
    for refused in
        [json!({ "prefix": "graph", "first": 21 }), json!({ "prefix": "x".repeat(257), "first": 1 })]
    {
        assert_eq!(client.code(query, refused).await, "BAD_REQUEST");
    }
    change(&curator, HIDE, &ids[4], json!({})).await;
    until_found(&client, "graph", &[GRAPHS]).await;
    assert_eq!(suggest(&client, "gra").await.1, [GRAPHS]);
}

#[tokio::test(flavor = "multi_thread")]
async fn related_papers_share_words_of_the_title() {
    let stack = Stack::new().await;
    let (server, curator, ids) = server_with_papers(&stack).await;
    let client = server.client();
    let related = async |id: &str, first: u32| {
        let query = "query($id: ID!, $first: Int!) { node(id: $id) { ... on Paper { related(first: $first) { title } } } }";
        let paper = client.field_with(query, json!({ "id": id, "first": first })).await;
        let mut found = titles(&json!({ "nodes": paper["related"] }));
        for title in &mut found {
            *title = title.chars().take(8).collect();
        }
        found.sort();
        found
    };
    assert_eq!(related(&ids[4], 20).await, [GRAPHS, RETRIEVAL]);
    assert_eq!(related(&ids[4], 1).await.len(), 1);
    assert!(related(&ids[4], 0).await.is_empty());
    change(&curator, HIDE, &ids[3], json!({})).await;
    until_found(&client, "retrieval", &[SURVEY]).await;
    assert_eq!(related(&ids[4], 20).await, [GRAPHS]);
    let query = "query($id: ID!) { node(id: $id) { ... on Paper { related(first: 21) { title } } } }";
    assert_eq!(client.code(query, json!({ "id": ids[4] })).await, "BAD_REQUEST");
}
