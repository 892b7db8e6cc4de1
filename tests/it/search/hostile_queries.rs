//! Queries that are meant to break or to block the service.

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::{SEARCH, install_tiny_model};
use crate::support::alive::alive_during;
use crate::support::fixtures::stack_with_papers;
use crate::support::{Client, Process, Stack, eventually};

/// Papers whose abstracts have the same words.
const PAPER_COUNT: usize = 3_000;

/// Inserts papers as the program would.
async fn fill(stack: &Stack) {
    let words: String = (0..60).map(|number| format!("common{number} ")).collect();
    let numbers = format!(
        "WITH RECURSIVE n (i) AS (SELECT 101 UNION ALL SELECT i + 1 FROM n WHERE i < {})",
        PAPER_COUNT + 100
    );
    let papers = "INSERT INTO paper (id, slug, title, title_key, abstract, authors, author_count, published_on, \
        media_urls, participants, source_upvotes, source_comments, upvotes, comments, trending, created_at, changed_at) ";
    let paper = format!(
        " SELECT i, 'made-' || i, 'Paper ' || i, 'paper ' || i, '{words}', '[]', 0, '2026-01-05', '[]', '[]', \
        i % 90, 0, 0, 0, 0, '2026-01-06 00:00:00+00:00', '2026-01-06 00:00:00+00:00' FROM n"
    );
    let database = stack.database().await;
    database.execute_unprepared(&format!("{papers}{numbers}{paper}")).await.unwrap();
    database.close().await.unwrap();
}

/// Queries that are short enough to be read.
fn queries() -> Vec<String> {
    let repeat = |text: &str, count: usize| text.repeat(count).chars().take(256).collect::<String>();
    vec![
        "\0".to_owned(),
        "graph\0paper\u{1}\u{7f}".to_owned(),
        repeat("\"", 256),
        repeat("\" ", 256),
        repeat("-", 256),
        repeat("- ", 256),
        repeat("*", 256),
        repeat("? * ", 256),
        repeat("(", 256),
        repeat("[* TO *] AND OR NOT ", 256),
        repeat("+paper^9 ~2 \\ ", 256),
        repeat("author:", 256),
        repeat("author:\"", 256),
        repeat("title:a ", 256),
        repeat("cat:cs ", 256),
        repeat("-cat:cs year:2020- has:code ", 256),
        "year:99999999999999999999 year:-1 year:0-0 year:>9999 year:<1000".to_owned(),
        repeat("common1 ", 256),
        (0..60).map(|number| format!("common{number} ")).collect::<String>().chars().take(256).collect(),
        (0..30).map(|number| format!("comon{number} ")).collect::<String>().chars().take(256).collect(),
        format!("\"{}\"", (0..25).map(|number| format!("common{number} ")).collect::<String>()),
        repeat("a ", 256),
        repeat("x", 256),
        repeat("paperr ", 256),
        repeat("é\u{301}\u{301}", 256),
        repeat("\u{202e}\u{2066}עברית مرحبا ", 256),
        repeat("\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}", 256),
        repeat("\u{fdfa}", 256),
        repeat("日本語", 256),
        repeat("$\\frac{", 256),
        repeat("\\", 256),
        repeat("{", 256),
        repeat("10.1/", 256),
        repeat("https://arxiv.org/abs/", 256),
        "'; DROP TABLE paper; --".to_owned(),
        "../../../../etc/passwd".to_owned(),
        "{{7*7}}${7*7}<img src=x onerror=alert(1)>".to_owned(),
    ]
}

/// Queries that are too long.
fn long_queries() -> Vec<String> {
    vec!["x".repeat(257), "\"".repeat(10_000), "paper ".repeat(2_000), "é".repeat(300), "\\".repeat(2_000)]
}

async fn indexed(client: &Client) {
    eventually("all papers are indexed", || async {
        let found =
            client.field("{ search(query: \"common1\", mode: KEYWORD, first: 0) { totalCount } }").await;
        (found["totalCount"] == PAPER_COUNT).then_some(())
    })
    .await;
}

async fn ask_all(client: &Client) {
    for query in queries() {
        // NUL is refused in every text.
        let expected = query.contains('\0').then_some("BAD_REQUEST");
        for mode in ["KEYWORD", "HYBRID", "SEMANTIC"] {
            let answer = client.execute(SEARCH, json!({ "query": query, "mode": mode })).await;
            assert_eq!(answer.error_code(), expected, "{query:?} {mode}: {answer:.500}");
        }
        let suggest =
            "query($prefix: String!) { suggest(prefix: $prefix) { authors { name } papers { title } } }";
        let answer = client.execute(suggest, json!({ "prefix": query })).await;
        assert_eq!(answer.error_code(), expected, "{query:?}: {answer:.500}");
    }
    for query in long_queries() {
        assert_eq!(client.code(SEARCH, json!({ "query": query })).await, "BAD_REQUEST", "{query:.40}");
        let suggest = "query($prefix: String!) { suggest(prefix: $prefix) { authors { name } } }";
        assert_eq!(client.code(suggest, json!({ "prefix": query })).await, "BAD_REQUEST", "{query:.40}");
    }
    let facets = "query($query: String!) { search(query: $query, mode: KEYWORD) { totalCount
        a: facets(kind: CATEGORY, first: 100) { count } b: facets(kind: ORGANIZATION, first: 100) { count }
        c: facets(kind: YEAR, first: 100) { count } d: facets(kind: CODE, first: 100) { count } } }";
    for query in queries().into_iter().filter(|query| !query.contains('\0')) {
        let answer = client.execute(facets, json!({ "query": query })).await;
        assert!(!answer.has_errors(), "{query:?}: {answer:.500}");
    }
}

/// Bodies of requests that no client of this test can make: the status, and the code of the error if there is one.
async fn post(server: &Process, body: String) -> (u16, Option<String>) {
    let client = reqwest::Client::new();
    let sent = client.post(server.url("/graphql")).header("content-type", "application/json").body(body);
    let answer = sent.send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap_or_default();
    (status, body["errors"][0]["extensions"]["code"].as_str().map(str::to_owned))
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_queries_are_answered_or_refused_while_others_are_served() {
    let (stack, server) = stack_with_papers(1..4).await;
    assert!(server.stop().success());
    fill(&stack).await;
    install_tiny_model(&stack);
    let server = stack.serve().await;
    let client = server.client();
    indexed(&client).await;
    alive_during(&server, ask_all(&client)).await;
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_and_endless_texts_are_refused() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let body = |query: &str| {
        format!(
            "{{\"query\":\"query($q: String!) {{ search(query: $q) {{ totalCount }} }}\",\"variables\":{{\"q\":\"{query}\"}}}}"
        )
    };
    assert_eq!(post(&server, body("paper")).await, (200, None));
    // Halves of surrogate pairs are no text.
    for query in ["\\ud800", "\\udc00\\ud800", "a\\udbffb"] {
        let (status, code) = post(&server, body(query)).await;
        assert!(
            (400..500).contains(&status) || code.as_deref() == Some("BAD_REQUEST"),
            "{query}: {status} {code:?}"
        );
    }
    assert_eq!(post(&server, body("\\ud83d\\ude00")).await, (200, None));
    let (status, code) = post(&server, body(&"paper ".repeat(200_000 / 6))).await;
    assert!(status == 413 || code.as_deref() == Some("BAD_REQUEST"), "{status} {code:?}");
    let wrong = "{ search(query: 5) { totalCount } }";
    assert_eq!(server.client().code(wrong, json!({})).await, "BAD_REQUEST");
}
