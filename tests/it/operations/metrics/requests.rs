//! Metrics of requests, GraphQL operations, the response cache and live subscribers.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use super::{scrape, stack_with_metrics, value, wait_for_value};
use crate::support::eventually;
use crate::support::journey::SUBSCRIBE;
use crate::support::socket::Socket;

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_by_route_method_and_status() {
    let stack = stack_with_metrics().await;
    let server = stack.serve().await;
    let client = reqwest::Client::new();
    for path in ["/date/2026-01-06", "/date/2026-01-05", "/date/nonsense", "/no/such/page?secret=1"] {
        client.get(server.url(path)).send().await.unwrap();
    }
    client.post(server.url("/date/2026-01-06")).send().await.unwrap();
    client.request("PURGE".parse().unwrap(), server.url("/")).send().await.unwrap();
    let text = scrape(&server).await;
    let requests = |labels: &str| value(&text, &format!("daily_papers_http_requests_total{{{labels}}}"));
    assert_eq!(requests(r#"route="/date/{day}",method="POST",status="405""#), Some(1.0), "{text}");
    assert_eq!(requests(r#"route="/",method="other",status="405""#), Some(1.0));
    assert_eq!(requests(r#"route="unmatched",method="GET",status="404""#), Some(1.0));
    let days: f64 = text
        .lines()
        .filter(|line| {
            line.starts_with(r#"daily_papers_http_requests_total{route="/date/{day}",method="GET""#)
        })
        .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        .sum();
    assert_eq!(days.to_string(), "3");
    let timed = r#"daily_papers_http_request_duration_seconds_count{route="/date/{day}",method="GET"}"#;
    assert_eq!(value(&text, timed), Some(3.0));
    assert!(!text.contains("secret") && !text.contains("nonsense") && !text.contains("no/such"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_are_counted_by_name_type_and_outcome() {
    let stack = stack_with_metrics().await;
    let server = stack.serve().await;
    let client = server.client();
    client.get("query Latest { feed { period } }").await;
    client.get("query Latest { feed { period } }").await;
    client.get("{ feed { period } }").await;
    let forbidden = "mutation Forbidden { pauseSending(reason: \"stop\") { userErrors { code } } }";
    assert_eq!(client.code(forbidden, json!({})).await, "UNAUTHENTICATED");
    client.execute("query Wrong { nothing }", json!({})).await;
    client
        .ok(
            &SUBSCRIBE.replacen("mutation", "mutation Subscribe", 1),
            json!({ "input": { "email": "ada@example.org" } }),
        )
        .await;
    let mut socket = Socket::ready(&server, None).await;
    socket.subscribe("1", "subscription Heard { paperFeatured { title } }", json!({})).await;
    socket.subscribe("2", "query Latest { feed { period } }", json!({})).await;
    wait_for_value(
        &server,
        r#"daily_papers_graphql_operations_total{operation="Latest",type="query",outcome="succeeded"}"#,
        3.0,
    )
    .await;
    let text = scrape(&server).await;
    for (labels, expected) in [
        (r#"operation="anonymous",type="query",outcome="succeeded""#, 1.0),
        (r#"operation="Forbidden",type="mutation",outcome="failed""#, 1.0),
        (r#"operation="other",type="other",outcome="refused""#, 1.0),
        (r#"operation="Subscribe",type="mutation",outcome="succeeded""#, 1.0),
        (r#"operation="Heard",type="subscription",outcome="started""#, 1.0),
    ] {
        let series = format!("daily_papers_graphql_operations_total{{{labels}}}");
        assert_eq!(value(&text, &series), Some(expected), "{series} in:\n{text}");
    }
    let timed = r#"daily_papers_graphql_operation_duration_seconds_count{operation="Latest"}"#;
    assert_eq!(value(&text, timed), Some(3.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_of_operation_names_are_limited() {
    let stack = stack_with_metrics().await;
    let server = stack.serve().await;
    let client = server.client();
    for number in 0..210 {
        client.get(&format!("query Invented{number} {{ __typename }}")).await;
    }
    let text = scrape(&server).await;
    let of = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(of(r#"daily_papers_graphql_operations_total{operation="Invented"#), 200);
    let other =
        r#"daily_papers_graphql_operations_total{operation="other",type="query",outcome="succeeded"}"#;
    assert_eq!(value(&text, other), Some(10.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn response_cache_lookups_are_counted() {
    let stack = stack_with_metrics().await;
    stack.set("ANSWER_CACHE_SECONDS", "3600");
    let server = stack.serve().await;
    let lookups =
        |result: &str| format!("daily_papers_graphql_response_cache_lookups_total{{result=\"{result}\"}}");
    wait_for_value(&server, &lookups("hit"), 0.0).await;
    // The first sweep may clear the cache meanwhile.
    let asked = eventually("a response is cached", || async {
        server.client().get("{ feed { period } }").await;
        let text = scrape(&server).await;
        let (hits, misses) =
            (value(&text, &lookups("hit")).unwrap(), value(&text, &lookups("miss")).unwrap());
        (hits > 0.0).then_some(hits + misses)
    })
    .await;
    // With a token the cache is not used.
    server.reader(&stack, "ada").get("{ feed { period } }").await;
    let text = scrape(&server).await;
    let all = value(&text, &lookups("hit")).unwrap() + value(&text, &lookups("miss")).unwrap();
    assert_eq!(all.to_string(), asked.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn cached_responses_are_counted_by_operation_name() {
    let stack = stack_with_metrics().await;
    stack.set("ANSWER_CACHE_SECONDS", "3600");
    let server = stack.serve().await;
    let series = |outcome: &str| {
        let labels = format!("operation=\"Latest\",type=\"query\",outcome=\"{outcome}\"");
        format!("daily_papers_graphql_operations_total{{{labels}}}")
    };
    let asked = AtomicU32::new(0);
    // The worker's first minute may change something meanwhile, which ends what is kept.
    let cached = eventually("a response comes from the cache", || async {
        asked.fetch_add(1, Ordering::Relaxed);
        server.client().get("query Latest { feed { period } }").await;
        value(&scrape(&server).await, &series("cached"))
    })
    .await;
    let text = scrape(&server).await;
    let executed = value(&text, &series("succeeded")).unwrap();
    assert_eq!((cached + executed).to_string(), asked.load(Ordering::Relaxed).to_string(), "{text}");
    // Only what is executed takes time.
    let timed = r#"daily_papers_graphql_operation_duration_seconds_count{operation="Latest"}"#;
    assert_eq!(value(&text, timed), Some(executed));
}

#[tokio::test(flavor = "multi_thread")]
async fn live_subscribers_are_counted() {
    let stack = stack_with_metrics().await;
    let server = stack.serve().await;
    wait_for_value(&server, "daily_papers_live_subscribers", 0.0).await;
    let mut socket = Socket::ready(&server, None).await;
    socket.subscribe("1", "subscription { paperFeatured { title } }", json!({})).await;
    wait_for_value(&server, "daily_papers_live_subscribers", 1.0).await;
    drop(socket);
    wait_for_value(&server, "daily_papers_live_subscribers", 0.0).await;
}
