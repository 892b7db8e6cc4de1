//! Subscriptions as server-sent events.

use chrono::TimeDelta;
use serde_json::json;

use super::paper;
use crate::support::fixtures::stack_with_papers;
use crate::support::journey::feature;
use crate::support::socket::{Events, FEATURED};

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_are_sent_as_server_sent_events() {
    let (stack, server) = stack_with_papers(1..4).await;
    let curator = server.curator(&stack);
    let mut events = Events::post(&server, None, FEATURED).await;
    let mut answered = Events::post(&server, None, "{ papers { totalCount } }").await;
    assert_eq!(*answered.response().await.data(), json!({ "papers": { "totalCount": 3 } }));
    assert_eq!(answered.next().await.unwrap(), "event: complete\ndata:");
    assert_eq!(answered.next().await, None);
    for query in ["{", "{ nothing }", "subscription { paperFeatured { nothing } }"] {
        let mut refused = Events::post(&server, None, query).await;
        let answer = refused.response().await;
        assert_eq!(answer.error_code(), Some("BAD_REQUEST"), "{query}");
        assert!(!answer.has_data(), "{answer}");
        assert_eq!(refused.next().await.unwrap(), "event: complete\ndata:");
    }
    let id = paper(&curator, "One", "cs.CL").await;
    feature(&curator, &id, None).await;
    assert_eq!(events.response().await.data()["paperFeatured"]["title"], "One");
    for _ in 0..2 {
        stack.set_clock(stack.now() + TimeDelta::seconds(13));
        assert_eq!(events.next().await.unwrap(), ":");
    }
    // Without a stream there is a single response, which a subscription cannot give.
    let answer = server.client().execute(FEATURED, json!({})).await;
    let message = answer.error_message();
    assert!(message.contains("text/event-stream") && message.contains("graphql-transport-ws"), "{message}");
    let http = reqwest::Client::new();
    let asked =
        |accept: &'static str| http.get(server.url("/graphql?query={feed{period}}")).header("accept", accept);
    assert_eq!(asked("text/event-stream").send().await.unwrap().status(), 406);
    let by_get = http.get(server.url(&format!("/graphql?query={FEATURED}"))).send().await.unwrap();
    assert_eq!(by_get.status(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_work_by_get_for_event_source() {
    let (stack, server) = stack_with_papers(1..4).await;
    let curator = server.curator(&stack);
    let one = paper(&curator, "One", "cs.CL").await;
    let mut events = Events::get(&server, "subscription { paperFeatured { title } }").await;
    feature(&curator, &one, None).await;
    assert_eq!(events.response().await, json!({ "data": { "paperFeatured": { "title": "One" } } }));
    // Only subscriptions work that way, and nothing is changed.
    let asked = |query: &str| {
        let request =
            reqwest::Client::new().get(server.url("/graphql")).header("accept", "text/event-stream");
        request.query(&[("query", query)]).send()
    };
    let changing = format!("mutation {{ unfeaturePaper(paperId: {one:?}) {{ paper {{ id }} }} }}");
    for query in ["{ feed { period } }", changing.as_str()] {
        assert_eq!(asked(query).await.unwrap().status(), 406, "{query}");
    }
    let mut wrong = Events::get(&server, "subscription { nothing { id } }").await;
    assert_eq!(wrong.response().await.error_code(), Some("BAD_REQUEST"));
}
