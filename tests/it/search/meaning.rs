//! Search by meaning, with a small model whose vectors the worker makes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    ALL, Found, GRAPHS, HIDE, RESTORE, RETRIEVAL, SURVEY, UPDATE, ask, change, install_tiny_cross_encoder,
    install_tiny_model, server_with_papers,
};
use crate::support::graphql::titles;
use crate::support::{Client, Process, Stack, eventually};

/// A query in words that the model knows.
const QUERY: &str = "graph neural network";

async fn by_meaning(client: &Client, filter: Value) -> Found {
    ask(client, QUERY, "SEMANTIC", filter).await
}

fn set(titles: &[&str]) -> BTreeSet<String> {
    titles.iter().map(|&title| title.to_owned()).collect()
}

/// Waits until exactly these papers are found by meaning, after a sweep of the worker.
async fn until_vectors(stack: &Stack, server: &Process, expected: &[&str]) {
    server.next_sweep(stack).await;
    let client = server.client();
    eventually("the vectors are made", || async {
        (by_meaning(&client, Value::Null).await.set() == set(expected)).then_some(())
    })
    .await;
}

async fn server_with_vectors(stack: &Stack) -> (Process, Client, Vec<String>) {
    install_tiny_model(stack);
    let (server, curator, ids) = server_with_papers(stack).await;
    until_vectors(stack, &server, &ALL).await;
    (server, curator, ids)
}

/// The similarity of a paper to the query.
fn meaning_of(found: &Found, title: &str) -> Option<f64> {
    found
        .edges
        .iter()
        .find(|edge| edge.node.title.starts_with(title))
        .and_then(|edge| edge.score_parts.meaning)
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_are_found_by_meaning_and_by_both() {
    let stack = Stack::new().await;
    let (server, ..) = server_with_vectors(&stack).await;
    let client = server.client();
    let status = stack.done(&["search", "status"]);
    assert!(
        status.contains("Model in use          tiny@") && status.contains("Papers without vector 0"),
        "{status}"
    );
    let found = by_meaning(&client, Value::Null).await;
    assert_eq!((found.mode.as_str(), found.notice.as_deref(), found.total_count), ("SEMANTIC", None, None));
    assert!(found.edges.is_sorted_by(|a, b| a.score >= b.score), "{found:?}");
    for edge in &found.edges {
        assert_eq!((edge.score_parts.words, edge.score_parts.meaning), (None, Some(edge.score)));
        assert!(
            (-1.001..=1.001).contains(&edge.score) && edge.found_in.contains(&"MEANING".to_owned()),
            "{edge:?}"
        );
    }
    let found = ask(&client, QUERY, "HYBRID", Value::Null).await;
    assert_eq!((found.mode.as_str(), found.notice.as_deref(), found.total_count), ("HYBRID", None, None));
    assert_eq!(found.set(), set(&ALL));
    assert!(found.edges.iter().all(|edge| edge.score_parts.meaning.is_some()), "{found:?}");
    let with_words: BTreeSet<String> = found
        .edges
        .iter()
        .filter(|edge| edge.score_parts.words.is_some())
        .map(|edge| edge.node.title.clone())
        .collect();
    assert_eq!(with_words, ask(&client, QUERY, "KEYWORD", Value::Null).await.titles());
    // Both parts are those of the searches by one alone.
    let alone = by_meaning(&client, Value::Null).await;
    for title in ALL {
        let (both, alone) = (meaning_of(&found, title).unwrap(), meaning_of(&alone, title).unwrap());
        assert!((both - alone).abs() < 1e-4, "{title}: {both} {alone}");
    }
    // Without a topic, and for an identifier, words are compared.
    for query in ["year:2024", "author:lovelace", "2403.00001", "", "-graph"] {
        for mode in ["SEMANTIC", "HYBRID"] {
            let found = ask(&client, query, mode, Value::Null).await;
            assert_eq!(
                (found.mode.as_str(), found.notice.as_deref()),
                ("KEYWORD", Some("NO_TOPIC")),
                "{query}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_hold_within_a_search_by_meaning() {
    let stack = Stack::new().await;
    let (server, ..) = server_with_vectors(&stack).await;
    let client = server.client();
    for filter in [
        json!({ "categories": ["cs.IR"] }),
        json!({ "organizations": ["Meta AI"] }),
        json!({ "publishedFrom": "2023-01-01", "hasRepository": false }),
        json!({ "keywords": ["graph"] }),
        json!({ "authors": ["Ada Lovelace"] }),
        json!({ "featured": true }),
        json!({ "minUpvotes": 100 }),
    ] {
        let query = "query($filter: PaperFilter) { papers(filter: $filter) { nodes { title } } }";
        let expected: BTreeSet<String> =
            titles(&client.field_with(query, json!({ "filter": filter })).await).into_iter().collect();
        assert_eq!(by_meaning(&client, filter.clone()).await.titles(), expected, "{filter}");
        let both = ask(&client, QUERY, "HYBRID", filter.clone()).await;
        assert_eq!(both.titles(), expected, "{filter}");
    }
    for (query, expected) in [
        ("graph year:2024", vec![GRAPHS, RETRIEVAL]),
        ("graph cat:cs.IR -survey", vec![RETRIEVAL]),
        ("model \"graph retrieval\"", vec![SURVEY]),
        ("model author:lovelace has:code", vec![GRAPHS]),
    ] {
        for mode in ["SEMANTIC", "HYBRID"] {
            assert_eq!(ask(&client, query, mode, Value::Null).await.set(), set(&expected), "{mode} {query}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_follow_edits_and_hiding() {
    let stack = Stack::new().await;
    let (server, curator, ids) = server_with_vectors(&stack).await;
    let client = server.client();
    let before = meaning_of(&by_meaning(&client, Value::Null).await, SURVEY).unwrap();
    change(
        &curator,
        UPDATE,
        &ids[4],
        json!({ "abstract": "Attention is all you need: a large language model." }),
    )
    .await;
    server.next_sweep(&stack).await;
    eventually("the edited abstract has a new vector", || async {
        let now = meaning_of(&by_meaning(&client, Value::Null).await, SURVEY)?;
        ((now - before).abs() > 1e-3).then_some(())
    })
    .await;
    change(&curator, HIDE, &ids[4], json!({})).await;
    let others: Vec<&str> = ALL.into_iter().filter(|&title| title != SURVEY).collect();
    eventually("the hidden paper is not found", || async {
        (by_meaning(&client, Value::Null).await.set() == set(&others)).then_some(())
    })
    .await;
    assert_eq!(ask(&client, QUERY, "HYBRID", Value::Null).await.set(), set(&others));
    // Nothing waits for a vector.
    let status = stack.done(&["search", "status"]);
    assert!(status.contains("Papers without vector 0"), "{status}");
    change(&curator, RESTORE, &ids[4], json!({})).await;
    until_vectors(&stack, &server, &ALL).await;
    // Vectors are in the database: after a restart they are there at once.
    assert!(server.stop().success());
    let server = stack.serve().await;
    eventually("the vectors are loaded", || async {
        (by_meaning(&server.client(), Value::Null).await.set() == set(&ALL)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn related_papers_are_the_nearest_by_meaning() {
    let stack = Stack::new().await;
    let (server, curator, ids) = server_with_vectors(&stack).await;
    let client = server.client();
    let related = async || {
        let query = "query($id: ID!) { node(id: $id) { ... on Paper { related(first: 20) { title } } } }";
        let paper = client.field_with(query, json!({ "id": ids[4] })).await;
        titles(&json!({ "nodes": paper["related"] }))
    };
    // All but itself, also those that share no word with its title.
    let found = related().await;
    assert_eq!(found.len(), ALL.len() - 1, "{found:?}");
    assert!(!found.iter().any(|title| title.starts_with(SURVEY)), "{found:?}");
    // A paper of almost the same text is the nearest.
    let mut twin = super::papers()[4].clone();
    twin["title"] = json!("A survey of graph retrieval, again");
    crate::support::journey::create_paper(&curator, twin).await;
    server.next_sweep(&stack).await;
    eventually("the twin is the nearest", || async {
        related().await.first().filter(|title| title.starts_with(SURVEY)).map(|_| ())
    })
    .await;
    assert_eq!(related().await.len(), ALL.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_model_papers_are_found_by_words() {
    let stack = Stack::new().await;
    let (server, ..) = server_with_papers(&stack).await;
    let client = server.client();
    for mode in ["HYBRID", "SEMANTIC"] {
        let found = ask(&client, "graph", mode, Value::Null).await;
        assert_eq!((found.mode.as_str(), found.notice.as_deref()), ("KEYWORD", Some("NO_MODEL")));
        assert_eq!((found.set(), found.total_count), (set(&[GRAPHS, SURVEY]), Some(2)));
    }
    let doctor = stack.done(&["doctor"]);
    assert!(doctor.contains("warn  search") && doctor.contains("daily-papers model install"), "{doctor}");
}

/// A small cross-encoder puts the best papers in an order of its own, in front of the others.
#[tokio::test(flavor = "multi_thread")]
async fn the_best_papers_are_reranked_where_a_model_for_it_is_installed() {
    let stack = Stack::new().await;
    install_tiny_cross_encoder(&stack);
    assert!(stack.done(&["model", "list"]).contains("reader"), "{}", stack.done(&["model", "list"]));
    stack.set("SEARCH_RERANKED_PAPERS", "51");
    assert!(stack.refused(&["migrate"]).contains("search_reranked_papers must be at most 50"));
    stack.set("SEARCH_RERANKED_PAPERS", "3");
    let (server, ..) = server_with_vectors(&stack).await;
    let query = "query($mode: SearchMode!) { search(query: \"graph neural network\", mode: $mode) {
        edges { score scoreParts { fit } node { title } } } }";
    let fits = async |mode: &str| -> Vec<Option<f64>> {
        let found: Value = server.client().field_with(query, json!({ "mode": mode })).await;
        let edges = found["edges"].as_array().unwrap();
        assert!(edges.is_sorted_by(|a, b| a["score"].as_f64() >= b["score"].as_f64()), "{found}");
        edges.iter().map(|edge| edge["scoreParts"]["fit"].as_f64()).collect()
    };
    let found = fits("HYBRID").await;
    let (read, others) = found.split_at(3);
    assert!(
        read.is_sorted_by(|a, b| a >= b) && read.iter().all(|fit| (0.0..=1.0).contains(&fit.unwrap())),
        "{found:?}"
    );
    assert!(others.len() == 3 && others.iter().all(Option::is_none), "{found:?}");
    // Only lists by both are reordered.
    assert!(fits("SEMANTIC").await.iter().all(Option::is_none));
}
