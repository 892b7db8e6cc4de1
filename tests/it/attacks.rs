//! Requests that are made to hurt, where no other module has them: what is nested too deeply, smuggled, forged.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::fixtures::import_day;
use crate::support::{Process, Stack};

async fn stack_with_papers() -> (Stack, Process) {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    (stack, server)
}

/// Sends octets as they are; answers the status, and how many answers came.
async fn raw(server: &Process, octets: &[u8]) -> (String, usize) {
    let mut socket = TcpStream::connect(server.url("").strip_prefix("http://").unwrap()).await.unwrap();
    socket.write_all(octets).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(2), socket.read_to_end(&mut answer)).await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).unwrap_or_default().to_owned();
    (status, text.matches("HTTP/1.1 ").count())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_nested_too_deeply() {
    let (_stack, server) = stack_with_papers().await;
    let nested = |open: &str, inner: &str, close: &str, depth: usize| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    let fields = 3_000;
    for query in [
        nested("{ a ", "{ a }", " }", fields),
        format!("{{ nodes(ids: {}) {{ id }} }}", nested("[", "1", "]", 5_000)),
        format!("{{ papers(filter: {}) {{ totalCount }} }}", nested("{a:", "1", "}", 3_000)),
        format!("query($x: {}) {{ __typename }}", nested("[", "Int", "]", 5_000)),
        nested("{ ... ", "{ __typename }", " }", 2_000),
        (0..400)
            .map(|level| format!("fragment F{level} on Query {{ ...F{} }} ", level + 1))
            .collect::<String>(),
    ] {
        let body = json!({ "query": query });
        let answer = reqwest::Client::new().post(server.url("/graphql")).json(&body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        assert!(matches!(code, Some("TOO_COMPLEX" | "BAD_REQUEST")), "{query:.60}: {answer}");
    }
    let deep =
        format!("{{\"query\":\"{{__typename}}\",\"variables\":{{\"x\":{}}}}}", nested("[", "1", "]", 20_000));
    let half = "{\"query\":\"{__typename}\",\"variables\":{\"x\":\"\\ud800\"}}".to_owned();
    for body in [deep, half] {
        let request =
            reqwest::Client::new().post(server.url("/graphql")).header("content-type", "application/json");
        assert_eq!(request.body(body).send().await.unwrap().status(), 400);
    }
    // The process lives, and serves others.
    assert_eq!(server.client().get("{ __typename }").await, json!({ "__typename": "Query" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_one_request() {
    let (stack, server) = stack_with_papers().await;
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
async fn links_lead_here_whatever_host_the_request_names() {
    let (stack, server) = stack_with_papers().await;
    let client = reqwest::Client::new();
    let body = json!({ "query": "mutation { subscribe(input: { email: \"ada@example.org\" }) { email } }" });
    let request = client.post(server.url("/graphql")).json(&body);
    let request = request.header("host", "evil.example").header("x-forwarded-host", "evil.example");
    assert_eq!(request.send().await.unwrap().status(), 200);
    let mail = stack.smtp.nth_to("ada@example.org", 1).await;
    assert!(mail.link("subscription/confirm").starts_with("https://papers.example.org/"), "{}", mail.text());
    assert!(!mail.text().contains("evil.example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_site_reads_an_answer() {
    let (_stack, server) = stack_with_papers().await;
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
async fn wrong_names_teach_nothing() {
    let (_stack, server) = stack_with_papers().await;
    for query in ["{ paprs { id } }", "{ feed { perod } }", "{ papers(filtr: {}) { totalCount } }"] {
        let answer = server.client().raw(query, json!({})).await;
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(!message.contains("Did you mean"), "{message}");
        // What it cost, and nothing of how it ran.
        assert_eq!(answer["extensions"].as_object().unwrap().keys().collect::<Vec<_>>(), ["cost"]);
    }
}
