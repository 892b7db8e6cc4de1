//! Requests from pages of other sites (CORS).

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{TYPENAME_URL, ask, header};
use crate::support::socket::Socket;
use crate::support::{Process, Stack};

fn preflight(server: &Process, origin: &str, method: &str, headers: &str) -> RequestBuilder {
    let asked = ask(server, Method::OPTIONS, "/graphql").header("origin", origin);
    let asked = asked.header("access-control-request-method", method);
    if headers.is_empty() { asked } else { asked.header("access-control-request-headers", headers) }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_cors_origins_other_sites_get_no_cors_headers() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let origin = "https://app.example.org";
    let refused = preflight(&server, origin, "POST", "content-type").send().await.unwrap();
    assert_eq!(refused.status(), 405);
    let answered = ask(&server, Method::GET, TYPENAME_URL).header("origin", origin).send().await.unwrap();
    assert_eq!(answered.status(), 200);
    for response in [refused, answered] {
        let told = response.headers().keys().any(|name| name.as_str().starts_with("access-control-"));
        assert!(!told, "{response:?}");
    }
    let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("origin", origin)];
    assert_eq!(Socket::open(&server, &headers).await.err(), Some(403));
}

#[tokio::test(flavor = "multi_thread")]
async fn cors_headers_are_sent_to_listed_origins_only() {
    let stack = Stack::new().await;
    stack.set("CORS_ORIGINS", "https://app.example.org, http://localhost:3000");
    stack.set("CLIENT_POINTS_PER_SECOND", "60");
    let server = stack.serve().await;
    for origin in ["https://app.example.org", "http://localhost:3000"] {
        for (method, headers) in
            [("POST", "Content-Type, Authorization"), ("POST", "authorization"), ("GET", "accept")]
        {
            let answer = preflight(&server, origin, method, headers).send().await.unwrap();
            assert!(answer.status().is_success(), "{origin} {method} {headers}: {answer:?}");
            assert_eq!(header(&answer, "access-control-allow-origin"), origin);
            assert!(header(&answer, "access-control-allow-methods").contains(&method.to_lowercase()));
            for name in headers.to_lowercase().split(", ") {
                assert!(header(&answer, "access-control-allow-headers").contains(name), "{answer:?}");
            }
            assert!(header(&answer, "vary").contains("origin"), "{answer:?}");
            assert_eq!(header(&answer, "access-control-allow-credentials"), "");
        }
        let asked = ask(&server, Method::POST, "/graphql").json(&json!({ "query": "{ __typename }" }));
        let answer = asked.header("origin", origin).send().await.unwrap();
        assert_eq!(header(&answer, "access-control-allow-origin"), origin);
        let exposed = header(&answer, "access-control-expose-headers");
        for name in ["ratelimit", "ratelimit-policy", "retry-after"] {
            assert!(exposed.split(", ").any(|exposed| exposed.trim() == name), "{exposed}");
        }
        // Refusals can be read as well.
        let asked = ask(&server, Method::POST, "/graphql").body("nonsense").header("origin", origin);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), 415);
        assert_eq!(header(&answer, "access-control-allow-origin"), origin);
        let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("origin", origin)];
        assert!(Socket::open(&server, &headers).await.is_ok());
    }
    for origin in
        ["https://evil.example", "http://app.example.org", "https://app.example.org.evil.example", "null"]
    {
        let answer = preflight(&server, origin, "POST", "content-type").send().await.unwrap();
        assert_eq!(header(&answer, "access-control-allow-origin"), "", "{origin}");
        let answer = ask(&server, Method::GET, TYPENAME_URL).header("origin", origin).send().await.unwrap();
        assert_eq!(header(&answer, "access-control-allow-origin"), "", "{origin}");
        assert!(header(&answer, "vary").contains("origin"), "{answer:?}");
    }
    let delete = preflight(&server, "https://app.example.org", "DELETE", "").send().await.unwrap();
    assert_eq!(delete.status(), 400);
    // Pages have no CORS headers.
    let page =
        ask(&server, Method::GET, "/").header("origin", "https://app.example.org").send().await.unwrap();
    assert_eq!(header(&page, "access-control-allow-origin"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_star_allows_all_origins_without_credentials() {
    let stack = Stack::new().await;
    stack.set("CORS_ORIGINS", "*");
    let server = stack.serve().await;
    let origin = "https://anywhere.example";
    let answers = [
        preflight(&server, origin, "POST", "content-type,authorization").send().await.unwrap(),
        ask(&server, Method::GET, TYPENAME_URL).header("origin", origin).send().await.unwrap(),
    ];
    for answer in answers {
        assert_eq!(answer.status(), 200);
        assert_eq!(header(&answer, "access-control-allow-origin"), "*");
        assert_eq!(header(&answer, "access-control-allow-credentials"), "");
    }
}
