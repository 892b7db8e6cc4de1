//! Smuggled, forged and very slow requests.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::address;
use crate::support::Process;
use crate::support::fixtures::stack_with_papers;

/// Sends raw bytes; answers the status, and the number of responses.
async fn raw(server: &Process, octets: &[u8]) -> (String, usize) {
    let mut socket = TcpStream::connect(address(server)).await.unwrap();
    socket.write_all(octets).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(2), socket.read_to_end(&mut answer)).await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).unwrap_or_default().to_owned();
    (status, text.matches("HTTP/1.1 ").count())
}

#[tokio::test(flavor = "multi_thread")]
async fn smuggled_requests_are_refused() {
    let (stack, server) = stack_with_papers(1..4).await;
    let hidden = "POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                  Content-Length: 21\r\n\r\nemail=ada@example.org";
    let both = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\
         Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"
    );
    let twice = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\
         Content-Length: 150\r\n\r\n{hidden}"
    );
    for octets in [both, twice] {
        let (status, answers) = raw(&server, octets.as_bytes()).await;
        assert_eq!((status.as_str(), answers), ("400", 1), "{octets}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_have_no_cors_headers_for_other_sites() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let client = reqwest::Client::new();
    let body = json!({ "query": "{ viewer { id } }" });
    let request = client.post(server.url("/graphql")).json(&body).header("origin", "https://evil.example");
    let answer = request.send().await.unwrap();
    let preflight = client.request(reqwest::Method::OPTIONS, server.url("/graphql"));
    let preflight = preflight.header("origin", "https://evil.example");
    let preflight = preflight.header("access-control-request-method", "POST").send().await.unwrap();
    for answer in [answer, preflight] {
        assert!(answer.headers().keys().all(|name| !name.as_str().starts_with("access-control-")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_suggest_no_names() {
    let (_stack, server) = stack_with_papers(1..4).await;
    for query in ["{ paprs { id } }", "{ feed { perod } }", "{ papers(filtr: {}) { totalCount } }"] {
        let answer = server.client().execute(query, json!({})).await;
        let message = answer.error_message();
        assert!(!message.contains("Did you mean"), "{message}");
        // The cost, and no tracing.
        let said = answer["extensions"].as_object();
        assert!(said.is_none_or(|said| said.keys().all(|name| name == "cost")), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_are_disconnected_and_block_nobody() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let start = Instant::now();
    // Sixty that never end their headers, and one whose body never arrives.
    let mut slow = Vec::new();
    for _ in 0..60 {
        let mut socket = TcpStream::connect(address(&server)).await.unwrap();
        socket.write_all(b"POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
        slow.push(socket);
    }
    let mut body = TcpStream::connect(address(&server)).await.unwrap();
    let head =
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{";
    body.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..20 {
        let asked = server.client();
        let answer = tokio::time::timeout(Duration::from_secs(5), asked.field("{ feed { period } }"));
        assert_eq!(answer.await.unwrap()["period"], "2026-01-06");
    }
    let mut waiting: Vec<_> =
        slow.into_iter().chain([body]).map(|socket| tokio::spawn(ended(socket))).collect();
    let of_body = waiting.pop().unwrap();
    for socket in waiting {
        let said = socket.await.unwrap();
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    }
    assert!(of_body.await.unwrap().starts_with("HTTP/1.1 408"));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

/// The text that a socket receives until it is closed.
async fn ended(mut socket: TcpStream) -> String {
    let mut said = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), socket.read_to_end(&mut said)).await;
    // A reset counts as closed.
    assert!(read.is_ok(), "the connection was not closed");
    String::from_utf8(said).unwrap()
}
