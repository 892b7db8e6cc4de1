//! Pages of other sites, DNS rebinding, and client addresses behind proxies.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::graphql::GraphqlResponse;
use crate::support::socket::Socket;
use crate::support::{Process, Stack};

const MUTATION: &str = "mutation { subscribe(input: { email: \"ada@example.org\" }) { email } }";

/// The headers of a browser with a page at `origin` that sends requests to `host`.
struct Page<'a> {
    host: &'a str,
    origin: &'a str,
}

impl Page<'_> {
    async fn graphql(&self, server: &Process, query: &str) -> (StatusCode, GraphqlResponse) {
        let request = reqwest::Client::new().post(server.url("/graphql")).json(&json!({ "query": query }));
        let answer = request.header("host", self.host).header("origin", self.origin).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn form(&self, server: &Process) -> (StatusCode, String) {
        let request = reqwest::Client::new().post(server.url("/subscribe"));
        let request = request.form(&[("email", "ada@example.org")]);
        let answer = request.header("host", self.host).header("origin", self.origin).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn socket(&self, server: &Process) -> Result<Socket, u16> {
        let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
        Socket::open(server, &[protocol, ("host", self.host), ("origin", self.origin)]).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_from_other_origins_and_hosts_are_forbidden() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let here = server.url("").strip_prefix("http://").unwrap().to_owned();
    let port = here.rsplit_once(':').unwrap().1;
    let rebound = format!("rebound.example:{port}");
    let (at_rebound, at_localhost) = (format!("http://{rebound}"), format!("http://localhost:{port}"));
    for (host, origin) in [
        (here.as_str(), "https://evil.example"),
        (rebound.as_str(), at_rebound.as_str()),
        ("papers.example.org", "http://papers.example.org"),
        (here.as_str(), at_localhost.as_str()),
    ] {
        let page = Page { host, origin };
        let (status, answer) = page.graphql(&server, MUTATION).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{host} {origin}");
        assert_eq!(answer.error_code(), Some("FORBIDDEN"));
        let message = answer.error_message();
        assert!(message.contains("https://papers.example.org/") && message.contains("base_url"), "{message}");
        let (status, text) = page.form(&server).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{host} {origin}");
        assert!(text.contains("base_url"), "{text}");
        assert_eq!(page.socket(&server).await.err(), Some(403), "{host} {origin}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 0);
    let localhost = format!("localhost:{port}");
    let at_here = format!("http://{here}");
    for (host, origin) in [
        (here.as_str(), at_here.as_str()),
        (localhost.as_str(), at_localhost.as_str()),
        ("papers.example.org", "https://papers.example.org"),
        // A proxy that uses an internal host name.
        ("inside:8080", "https://papers.example.org"),
    ] {
        let page = Page { host, origin };
        assert_eq!(page.graphql(&server, MUTATION).await.0, StatusCode::OK, "{host} {origin}");
        assert_eq!(page.form(&server).await.0, StatusCode::OK, "{host} {origin}");
        assert!(page.socket(&server).await.is_ok(), "{host} {origin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn client_addresses_are_taken_from_trusted_proxies() {
    let stack = Stack::new().await;
    stack.set("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8");
    stack.set("CLIENT_STREAMS", "1");
    let server = stack.serve().await;
    let listen = "subscription { paperFeatured { id } }";
    // The first of each row opens the only stream of its client; the others are the same client.
    for spellings in [
        &[
            ("x-forwarded-for", "198.51.100.1"),
            ("x-forwarded-for", "198.51.100.1:5678"),
            ("x-forwarded-for", "203.0.113.9, \"198.51.100.1\", 10.0.0.2"),
            ("forwarded", "for=198.51.100.1;proto=https"),
            ("forwarded", "for=203.0.113.9, FOR=\"198.51.100.1:80\", for=10.0.0.2"),
        ][..],
        &[
            ("x-forwarded-for", "2001:db8::1"),
            ("x-forwarded-for", "[2001:db8::2]:443"),
            ("forwarded", "for=\"[2001:db8::3]:_web\""),
        ],
        &[("x-forwarded-for", "unknown"), ("forwarded", "for=_hidden")],
    ] {
        let mut open = Vec::new();
        for (at, (name, value)) in spellings.iter().enumerate() {
            let request =
                reqwest::Client::new().post(server.url("/graphql")).json(&json!({ "query": listen }));
            let request = request.header("accept", "text/event-stream").header(*name, *value);
            let answer = request.send().await.unwrap();
            let expected = if at == 0 { StatusCode::OK } else { StatusCode::TOO_MANY_REQUESTS };
            assert_eq!(answer.status(), expected, "{name}: {value}");
            open.push(answer);
        }
    }
}
