//! HTTP of all kinds of clients: HEAD, slashes, long URLs, duplicate parameters, and the spelling of
//! headers.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{TYPENAME_URL, ask, header};
use crate::support::graphql::GraphqlResponse;
use crate::support::{Process, Stack};

const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// The head of the response to these bytes.
async fn raw(server: &Process, request: &str) -> String {
    let address = server.url("").strip_prefix("http://").unwrap().to_owned();
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    while !said.ends_with(b"\r\n\r\n") {
        said.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(said).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_answered_like_get_without_a_body() {
    let stack = Stack::new().await;
    crate::support::fixtures::import_day(&stack, "2026-01-06", 1..3);
    let server = stack.serve().await;
    let paths = [
        "/",
        "/date/2026-01-06",
        "/subscribe",
        "/sign-in",
        "/static/style.css",
        "/health/live",
        "/health/ready",
        "/static/graphiql-start.js",
        "/nowhere",
        TYPENAME_URL,
        "/graphql?query=%7Bnothing%7D",
        "/graphql",
    ];
    for path in paths {
        for accept in [HTML, "application/json", "*/*"] {
            let get = ask(&server, Method::GET, path).header("accept", accept).send().await.unwrap();
            let head = ask(&server, Method::HEAD, path).header("accept", accept).send().await.unwrap();
            assert_eq!(head.status(), get.status(), "{path} {accept}");
            let named = |response: &Response| -> Vec<(String, String)> {
                let headers =
                    response.headers().iter().filter(|(name, _)| *name != "date" && *name != "x-request-id");
                let mut named: Vec<_> =
                    headers.map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect();
                named.sort();
                named
            };
            assert_eq!(named(&head), named(&get), "{path} {accept}");
            assert!(!get.bytes().await.unwrap().is_empty(), "{path} {accept}");
            assert!(head.bytes().await.unwrap().is_empty(), "{path} {accept}");
        }
    }
    let mutation =
        ask(&server, Method::HEAD, "/graphql?query=mutation%7B__typename%7D").send().await.unwrap();
    assert_eq!(mutation.status(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trailing_slash_is_ignored_and_two_are_not_found() {
    let stack = Stack::new().await;
    crate::support::fixtures::import_day(&stack, "2026-01-06", 1..3);
    let server = stack.serve().await;
    for path in [
        "/date/2026-01-06/",
        "/subscribe/",
        "/health/live/",
        "/static/style.css/",
        "/graphql/?query=%7B__typename%7D",
    ] {
        assert_eq!(ask(&server, Method::GET, path).send().await.unwrap().status(), 200, "{path}");
    }
    let posted = ask(&server, Method::POST, "/graphql/").json(&json!({ "query": "{ __typename }" }));
    assert_eq!(
        posted.send().await.unwrap().json::<GraphqlResponse>().await.unwrap().data()["__typename"],
        "Query"
    );
    for path in ["//", "/subscribe//", "//subscribe", "/graphql//"] {
        assert_eq!(ask(&server, Method::GET, path).send().await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn charset_utf8_is_accepted_without_its_hyphen() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let post = |media_type: &'static str| {
        let asked = ask(&server, Method::POST, "/graphql").header("content-type", media_type);
        asked.body("{\"query\":\"{__typename}\"}").send()
    };
    for media_type in [
        "application/json; charset=utf8",
        "application/json;charset=\"UTF-8\"",
        "Application/Json ; Charset='UTF8'",
        "application/json; charset=\"utf8\"; profile=x",
    ] {
        assert_eq!(post(media_type).await.unwrap().status(), 200, "{media_type}");
    }
    for media_type in ["application/json; charset=utf-16", "application/json; charset=latin1"] {
        assert_eq!(post(media_type).await.unwrap().status(), 415, "{media_type}");
    }
    let accepted = ask(&server, Method::GET, TYPENAME_URL).header("accept", "application/json; charset=UTF8");
    assert_eq!(accepted.send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn long_urls_are_refused() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    for (path, length, status) in [
        ("/papers/", 8_000, StatusCode::NOT_FOUND),
        ("/papers/", 9_000, StatusCode::URI_TOO_LONG),
        ("/subscribe?x=", 20_000, StatusCode::URI_TOO_LONG),
        ("/graphql?query=%7B__typename%7D&x=", 16_000, StatusCode::OK),
        ("/graphql?query=%7B__typename%7D&x=", 40_000, StatusCode::URI_TOO_LONG),
    ] {
        let path = format!("{path}{}", "x".repeat(length));
        let response = ask(&server, Method::GET, &path).send().await.unwrap();
        assert_eq!(response.status(), status, "{path:.30} {length}");
        if status == StatusCode::URI_TOO_LONG {
            let answer: Value = response.json().await.unwrap();
            assert!(answer.to_string().contains("bytes"), "{answer}");
        }
    }
    assert_eq!(ask(&server, Method::GET, "/health/live").send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicate_parameters_are_refused() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    for path in [
        "/graphql?query=%7B__typename%7D&query=%7B__typename%7D",
        "/graphql?query=%7B__typename%7D&operationName=A&operationName=B",
        "/graphql?query=%7B__typename%7D&variables=&variables=%7B%7D",
        "/subscription/confirm?token=a&token=b",
        "/subscription/manage?token=a&%74oken=b",
    ] {
        let response = ask(&server, Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 400, "{path}");
        assert!(response.text().await.unwrap().contains("more than once"), "{path}");
    }
    let form = |body: &'static str| {
        let asked = ask(&server, Method::POST, "/subscribe");
        asked.header("content-type", "application/x-www-form-urlencoded").body(body).send()
    };
    let refused = form("email=ada@example.org&email=bob@example.org").await.unwrap();
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.unwrap().contains("more than once"));
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 0);
    let taken = form("email=ada@example.org&has-weekdays=1&weekday=Mon&weekday=Tue").await.unwrap();
    assert_eq!(taken.status(), 200);
    // Mail programs may add parameters to such an address.
    let left = ask(&server, Method::GET, "/unsubscribe/nothing?x=1&x=2").send().await.unwrap();
    assert!(!left.text().await.unwrap().contains("more than once"));
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_have_their_usual_spelling() {
    let stack = Stack::new().await;
    stack.set("CLIENT_POINTS_PER_SECOND", "60");
    let server = stack.serve().await;
    let said = raw(&server, &format!("GET {TYPENAME_URL} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
    for name in ["Content-Type: ", "Content-Length: ", "Cache-Control: ", "Date: ", "Ratelimit: "] {
        assert!(said.contains(&format!("\r\n{name}")), "{name} is missing in:\n{said}");
    }
    let handshake = "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n";
    let said = raw(&server, handshake).await;
    assert!(said.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{said}");
    let named: Vec<&str> =
        said.lines().filter(|line| line.to_lowercase().starts_with("sec-websocket-protocol")).collect();
    assert_eq!(named, ["Sec-WebSocket-Protocol: graphql-transport-ws"], "{said}");
    assert!(said.lines().any(|line| line.to_lowercase() == "upgrade: websocket"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_pages_for_browsers_and_json_for_programs() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let long = format!("/papers/{}", "x".repeat(9_000));
    for (method, path, status) in [
        (Method::GET, "/nowhere", 404),
        (Method::DELETE, "/", 405),
        (Method::PUT, "/subscribe", 405),
        (Method::POST, "/static/style.css", 405),
        (Method::GET, "/mail/bounces", 405),
        (Method::GET, "/subscription/confirm?token=a&token=b", 400),
        (Method::GET, &long, 414),
    ] {
        for (accept, media_type) in [(HTML, "text/html"), ("application/json", "application/json")] {
            let response = ask(&server, method.clone(), path).header("accept", accept).send().await.unwrap();
            assert_eq!(response.status(), status, "{method} {path:.30}");
            assert!(
                header(&response, "content-type").starts_with(media_type),
                "{method} {path:.30}: {response:?}"
            );
            assert_eq!(response.headers().contains_key("allow"), status == 405, "{method} {path:.30}");
            let text = response.text().await.unwrap();
            if media_type == "application/json" {
                let answer: Value = serde_json::from_str(&text).unwrap();
                assert!(answer["error"].as_str().unwrap().ends_with('.'), "{answer}");
            } else {
                assert!(text.contains("</html>") && text.contains("<h1"), "{text}");
            }
        }
    }
    let response = ask(&server, Method::PUT, "/graphql").send().await.unwrap();
    assert_eq!(
        (response.status(), header(&response, "allow").as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "get, head, post")
    );
    let answer: GraphqlResponse = response.json().await.unwrap();
    assert_eq!(answer.error_code(), Some("BAD_REQUEST"));
}
