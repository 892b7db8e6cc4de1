//! Small documents with large responses.

use std::time::{Duration, Instant};

use serde_json::json;

use super::nested;
use crate::support::Process;
use crate::support::fixtures::stack_with_papers;
use crate::support::graphql::GraphqlResponse;

/// The maximum size of a refusal.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// The response, which must be fast and small.
async fn answer(server: &Process, query: &str) -> GraphqlResponse {
    let start = Instant::now();
    let body = json!({ "query": query });
    let answer = reqwest::Client::new().post(server.url("/graphql")).json(&body).send().await.unwrap();
    let text = answer.text().await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?} for {query:.80}", start.elapsed());
    assert!(text.len() < MAX_REFUSAL_BYTES, "{} octets for {query:.80}", text.len());
    serde_json::from_str(&text).unwrap()
}

async fn refused(server: &Process, query: &str) -> String {
    let answer = answer(server, query).await;
    assert!(!answer.has_data(), "{query:.80}: {answer}");
    answer.error_code().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expensive_list_with_many_aliases_is_refused() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let lists = |count: usize| {
        let list = |number| format!("a{number}: papers(first: 100) {{ nodes {{ title }} }} ");
        format!("{{ {} }}", (0..count).map(list).collect::<String>())
    };
    assert_eq!(refused(&server, &lists(50)).await, "TOO_COMPLEX");
    // So few that only their cost is too high.
    let answer = answer(&server, &lists(15)).await;
    assert_eq!(answer.error_code(), Some("TOO_COMPLEX"));
    assert!(answer.error_message().contains("points"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_fields_are_refused_or_executed_once() {
    let (_stack, server) = stack_with_papers(1..4).await;
    assert_eq!(refused(&server, &format!("{{ {} }}", "__typename ".repeat(1_400))).await, "TOO_COMPLEX");
    assert_eq!(refused(&server, &format!("{{ {} }}", "feed{period}".repeat(1_300))).await, "TOO_COMPLEX");
    let many = json!({ "query": format!("{{ {} }}", "feed{period}".repeat(10_000)) });
    let many = reqwest::Client::new().post(server.url("/graphql")).json(&many).send().await.unwrap();
    assert_eq!(many.status(), 413);
    // Repeated fields run once, and cost once.
    let list = "papers(first: 100) { nodes { title } } ";
    let once = answer(&server, &format!("{{ {list} }}")).await;
    assert_eq!(once.cost(), 102);
    assert_eq!(answer(&server, &format!("{{ {} }}", list.repeat(20))).await, once);
    let spread = format!("{{ {} }} fragment F on Query {{ {list} }}", "...F ".repeat(30));
    assert_eq!(refused(&server, &spread).await, "TOO_COMPLEX");
    let spread = format!("{{ {} }} fragment F on Query {{ {list} }}", "...F ".repeat(20));
    assert_eq!(answer(&server, &spread).await, once);
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_with_hundreds_of_directives_are_refused() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let included = format!("{{ feed {} {{ period }} }}", "@include(if: true) ".repeat(500));
    assert_eq!(refused(&server, &included).await, "TOO_COMPLEX");
    for place in ["{ __typename D }", "{ feed D { period } }", "query D { __typename }"] {
        let code = refused(&server, &place.replace('D', &"@x ".repeat(1_000))).await;
        assert!(["BAD_REQUEST", "TOO_COMPLEX"].contains(&code.as_str()), "{place}: {code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_unknown_fields_give_at_most_twenty_errors() {
    let (_stack, server) = stack_with_papers(1..4).await;
    // Up to the size limit and beyond it.
    for count in [1_500, 2_000, 10_000] {
        let fields: String = (0..count).map(|number| format!(" x{number}")).collect();
        let answer = answer(&server, &format!("{{ feed {{{fields} }} }}")).await;
        let told = answer.errors().len();
        assert!((1..=20).contains(&told), "{told} of {count}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn circular_introspection_is_refused() {
    let (_stack, server) = stack_with_papers(1..4).await;
    for rounds in 2..=6 {
        let pair = nested("possibleTypes { interfaces { ", "name", " } }", rounds);
        assert_eq!(
            refused(&server, &format!("{{ __type(name: \"Node\") {{ {pair} }} }}")).await,
            "TOO_COMPLEX"
        );
        let pair = nested("fields { type { ofType { ", "name", " } } }", rounds);
        assert_eq!(
            refused(&server, &format!("{{ __schema {{ types {{ {pair} }} }} }}")).await,
            "TOO_COMPLEX"
        );
    }
    // The same by fragments.
    let spread = "{ __type(name: \"Node\") { ...A } } fragment A on __Type { possibleTypes { ...B } } \
        fragment B on __Type { interfaces { ...C } } fragment C on __Type { possibleTypes { name } }";
    assert_eq!(refused(&server, spread).await, "TOO_COMPLEX");
    // An ordinary query about the schema.
    let asked = "{ __type(name: \"Query\") { fields { name args { name type { name } } type { fields { name } } } } }";
    assert!(answer(&server, asked).await.errors().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn long_chains_of_fragments_are_refused() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let chain = |length: usize| {
        let link = |level| format!("fragment F{level} on Query{{...F{}}}", level + 1);
        let links: String = (0..length).map(link).collect();
        format!("{{...F0}}{links}fragment F{length} on Query{{__typename}}")
    };
    // Each is visited once. An unreasonably long chain is refused, and fast.
    assert_eq!(answer(&server, &chain(40)).await.data()["__typename"], "Query");
    assert_eq!(refused(&server, &chain(450)).await, "BAD_REQUEST");
    let body = json!({ "query": chain(5_000) });
    let sent = reqwest::Client::new().post(server.url("/graphql")).json(&body).send().await.unwrap();
    assert_eq!(sent.status(), 413);
    assert_eq!(server.client().get("{ __typename }").await["__typename"], "Query");
}

#[tokio::test(flavor = "multi_thread")]
async fn deeply_nested_documents_and_variables_are_refused() {
    let (_stack, server) = stack_with_papers(1..4).await;
    for query in [
        nested("{ a ", "{ a }", " }", 3_000),
        format!("{{ nodes(ids: {}) {{ id }} }}", nested("[", "1", "]", 5_000)),
        format!("{{ nodes(ids: {}) {{ id }} }}", nested("[", "1", "]", 20_000)),
        format!("{{ nodes(ids: [{}]) {{ id }} }}", "\"x\",".repeat(3_900)),
        format!("{{ papers(filter: {}) {{ totalCount }} }}", nested("{a:", "1", "}", 3_000)),
        format!("query($x: {}) {{ __typename }}", nested("[", "Int", "]", 5_000)),
        nested("{ ... ", "{ __typename }", " }", 2_000),
    ] {
        let answer = answer(&server, &query).await;
        let code = answer.error_code();
        assert!(matches!(code, Some("TOO_COMPLEX" | "BAD_REQUEST")), "{query:.60}: {answer}");
    }
    let deep =
        format!("{{\"query\":\"{{__typename}}\",\"variables\":{{\"x\":{}}}}}", nested("[", "1", "]", 20_000));
    let request =
        reqwest::Client::new().post(server.url("/graphql")).header("content-type", "application/json");
    assert_eq!(request.body(deep).send().await.unwrap().status(), 400);
    // The process still serves other requests.
    assert_eq!(server.client().get("{ __typename }").await, json!({ "__typename": "Query" }));
}
