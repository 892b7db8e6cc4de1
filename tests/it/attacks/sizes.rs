//! Requests that are large, and values that are at the edge.

use std::time::Duration;

use futures::future::{join, join_all};
use reqwest::Body;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

use super::address;
use crate::support::fixtures::stack_with_papers;
use crate::support::{Client, Process};

fn post(server: &Process, body: impl Into<Body>) -> reqwest::RequestBuilder {
    let request = reqwest::Client::new().post(server.url("/graphql"));
    request.header("content-type", "application/json").body(body)
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_of_megabytes_are_refused() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let comment = json!({ "query": format!("{{ __typename }} # {}", "x".repeat(1 << 20)) });
    let variables = json!({ "query": "{ __typename }", "variables": { "x": "y".repeat(5 << 20) } });
    for body in [comment, variables] {
        // A client that keeps writing may be cut off before it reads the response.
        match post(&server, body.to_string()).send().await {
            Ok(answer) => assert_eq!(answer.status(), 413),
            Err(error) => assert!(error.is_request() || error.is_body(), "{error:?}"),
        }
    }
    assert_eq!(server.client().get("{ __typename }").await["__typename"], "Query");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_chunked_body_is_cut_off() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let requests = [("POST /graphql", "413"), ("POST /subscribe", "415"), ("GET /", "200")];
    join_all(requests.map(async |(line, status)| {
        let head = format!(
            "{line} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        let chunk = format!("{:x}\r\n{}\r\n", 20_000, " ".repeat(20_000));
        let (mut read, mut write) = TcpStream::connect(address(&server)).await.unwrap().into_split();
        let sending = async {
            let mut pace = interval(Duration::from_millis(20));
            let mut sent = write.write_all(head.as_bytes()).await;
            while sent.is_ok() {
                pace.tick().await;
                sent = write.write_all(chunk.as_bytes()).await;
            }
        };
        let mut answer = vec![0; 12];
        let reading = async { read.read_exact(&mut answer).await.map(drop) };
        // There is a response, and soon after that the connection is closed.
        let (answered, ()) = timeout(Duration::from_secs(20), join(reading, sending)).await.unwrap();
        answered.unwrap();
        assert_eq!(String::from_utf8(answer).unwrap(), format!("HTTP/1.1 {status}"), "{line}");
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_bodies_are_refused() {
    let (_stack, server) = stack_with_papers(1..4).await;
    for encoding in ["gzip", "deflate", "br", "zstd", "gzip, identity"] {
        let request = post(&server, vec![0x1f, 0x8b, 8, 0]).header("content-encoding", encoding);
        assert_eq!(request.send().await.unwrap().status(), 415, "{encoding}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_range_page_sizes_are_refused() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let by_value = "query($n: Int!) { papers(first: $n) { totalCount } }";
    for first in [1_000_000_i64, 2_147_483_647, 2_147_483_648, -1, -2_147_483_649] {
        for argument in ["first", "last"] {
            let query = format!("{{ papers({argument}: {first}) {{ nodes {{ title }} }} }}");
            assert_eq!(server.client().code(&query, json!({})).await, "BAD_REQUEST", "{query}");
        }
        assert_eq!(server.client().code(by_value, json!({ "n": first })).await, "BAD_REQUEST", "{first}");
    }
}

/// The data, or the code of the first error, which is the client's.
async fn mended(client: &Client, query: &str, variables: Value) -> Result<Value, String> {
    let answer = client.execute(query, variables).await;
    match answer.error_code() {
        None => Ok(answer.into_data()),
        Some(code) => {
            assert!(["BAD_REQUEST", "TOO_COMPLEX"].contains(&code), "{answer}");
            Err(code.to_owned())
        }
    }
}

const SEARCH: &str = "query($text: String!) { papers(filter: { keywords: [$text], authors: [$text], \
    organizations: [$text], excludeKeywords: [$text] }) { totalCount } \
    organization(slug: $text) { id } paper(arxivId: $text) { id } category(code: $text) { name } \
    admin { users(query: $text) { totalCount } } }";

/// The same without the filter.
const LOOK_UP: &str = "query($text: String!) { organization(slug: $text) { id } paper(arxivId: $text) { id } \
    category(code: $text) { name } admin { users(query: $text) { totalCount } } }";

#[tokio::test(flavor = "multi_thread")]
async fn search_and_sql_syntax_in_filters_is_literal() {
    let (stack, server) = stack_with_papers(1..4).await;
    let admin = server.admin(&stack);
    for text in [
        "a & !b | c:*",
        "<->",
        "'",
        "''; DROP TABLE paper; --",
        "\\",
        "%",
        "_",
        "((",
        "a:*b",
        "\"",
        "*",
        "NEAR(a b)",
        "a AND",
        "{",
        "$1",
        "?",
        "\u{10ffff}",
    ] {
        let found = mended(&admin, SEARCH, json!({ "text": text })).await.unwrap();
        assert_eq!(found["papers"]["totalCount"], 0, "{text}");
        assert!(found["paper"].is_null() && found["organization"].is_null(), "{text}");
    }
    // An entry that nobody can see is refused: left out, it would select every paper.
    for text in ["\u{202e}", "\u{feff}"] {
        assert_eq!(mended(&admin, SEARCH, json!({ "text": text })).await.unwrap_err(), "BAD_REQUEST");
        let found = mended(&admin, LOOK_UP, json!({ "text": text })).await.unwrap();
        assert!(found["paper"].is_null() && found["organization"].is_null(), "{text:?}");
        assert!(found["admin"]["users"]["totalCount"].is_number(), "{text:?}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn nul_and_lone_surrogates_are_refused() {
    let (stack, server) = stack_with_papers(1..4).await;
    let admin = server.admin(&stack);
    assert_eq!(mended(&admin, SEARCH, json!({ "text": "a\u{0}b" })).await.unwrap_err(), "BAD_REQUEST");
    // A lone surrogate, in the request and in the document.
    let half = "{\"query\":\"{__typename}\",\"variables\":{\"x\":\"\\ud800\"}}";
    assert_eq!(post(&server, half).send().await.unwrap().status(), 400);
    let query = "{ organization(slug: \"\\ud800\") { id } }";
    assert_eq!(mended(&admin, query, json!({})).await.unwrap_err(), "BAD_REQUEST");
    let octets = b"{\"query\":\"{__typename} # \xff\"}".to_vec();
    assert_eq!(post(&server, octets).send().await.unwrap().status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn very_long_search_terms_do_not_cause_internal_errors() {
    let (stack, server) = stack_with_papers(1..4).await;
    let admin = server.admin(&stack);
    let body = json!({ "query": SEARCH, "variables": { "text": "x".repeat(200_000) } });
    let sent = post(&server, body.to_string()).send().await;
    assert!(sent.is_err() || sent.is_ok_and(|answer| answer.status() == 413));
    // Up to the maximum size of a body.
    for text in ["x".repeat(90_000), "x ".repeat(45_000), "((".repeat(45_000), "%".repeat(90_000)] {
        let _ = mended(&admin, SEARCH, json!({ "text": text })).await;
    }
}
