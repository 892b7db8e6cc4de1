//! Headers and methods of pages: nothing is loaded from other sites, and other sites cannot post forms.

use reqwest::StatusCode;
use serde_json::json;

use super::stack_with_papers;
use crate::support::journey::manage_token;

#[tokio::test(flavor = "multi_thread")]
async fn pages_have_security_headers_and_logs_have_no_addresses() {
    let (stack, server) = stack_with_papers().await;
    let answer = reqwest::get(server.url("/")).await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
    assert_eq!(answer.headers()["referrer-policy"], "same-origin");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let style = reqwest::get(server.url("/static/style.css")).await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    crate::support::journey::subscribe(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    let token = manage_token(&stack, &server.client(), "ada@example.org").await;
    let private = reqwest::get(server.url(&format!("/subscription/manage?token={token}"))).await.unwrap();
    assert_eq!(private.headers()["cache-control"], "no-store");
    assert_eq!(private.headers()["x-robots-tag"], "noindex");
    // The log has no addresses or tokens.
    assert!(!server.log().contains("ada@example.org") && !server.log().contains(&token), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_answer_head_and_list_allowed_methods() {
    let (_stack, server) = stack_with_papers().await;
    let client = reqwest::Client::new();
    for path in
        ["/", "/date/2026-01-06", "/papers/2601.00001", "/subscribe", "/static/style.css", "/health/live"]
    {
        let answer = client.head(server.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.text().await.unwrap(), "", "{path}");
    }
    for (path, allowed) in
        [("/", "GET, HEAD"), ("/subscribe", "GET, HEAD, POST"), ("/graphql", "GET, HEAD, POST")]
    {
        let answer = client.delete(server.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.headers()["allow"], allowed, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_posted_from_other_sites_are_refused() {
    let (stack, server) = stack_with_papers().await;
    let client = reqwest::Client::new();
    let posts = ["/subscribe", "/subscription/confirm", "/subscription/manage"];
    for path in posts {
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
            let post =
                client.post(server.url(path)).form(&[("email", "ada@example.org")]).header(name, value);
            assert_eq!(post.send().await.unwrap().status(), StatusCode::FORBIDDEN, "{path}");
        }
        let plain =
            client.post(server.url(path)).body("email=ada@example.org").header("content-type", "text/plain");
        assert_eq!(plain.send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
        let long = client.post(server.url(path)).form(&[("email", "x".repeat(20_000))]);
        assert_eq!(long.send().await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM delivery").await, 0);
    let own = client.post(server.url("/subscribe")).form(&[("email", "ada@example.org")]);
    let own = own.header("origin", "https://papers.example.org");
    assert_eq!(own.send().await.unwrap().status(), StatusCode::OK);
}
