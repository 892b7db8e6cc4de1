//! Live events: subscriptions over sockets and server-sent events.

use std::time::Duration;

use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::fixtures::stack_with_papers;
use crate::support::socket::{Events, FEATURED, Socket};
use crate::support::{Client, Process, Stack};

const FEATURE: &str =
    "mutation($id: ID!) { featurePaper(paperId: $id) { paper { id } userErrors { code } } }";

/// A curator, and one who makes papers.
fn curator(stack: &Stack, server: &Process) -> Client {
    server.client_with(&stack.token("curie", Some("--curator")))
}

/// Makes a paper of a category; answers its identifier.
async fn paper(curator: &Client, title: &str, category: &str) -> Value {
    let input =
        json!({ "title": title, "abstract": "A.", "publishedOn": "2026-01-02", "categories": [category] });
    let made = curator
        .ok(
            "mutation($input: PaperInput!) { createPaper(input: $input) { paper { id } } }",
            json!({ "input": input }),
        )
        .await;
    made["createPaper"]["paper"]["id"].clone()
}

async fn feature(curator: &Client, id: &Value) {
    let done = curator.ok(FEATURE, json!({ "id": id })).await;
    assert_eq!(done["featurePaper"]["userErrors"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_featured_paper_arrives_where_its_category_is_asked_for() {
    let (stack, server) = stack_with_papers(1..4).await;
    let curator = curator(&stack, &server);
    let (one, other) = (paper(&curator, "One", "cs.CL").await, paper(&curator, "Other", "cs.CV").await);
    let mut socket = Socket::ready(&server, None).await;
    let of = "subscription($c: [String!]) { paperFeatured(categories: $c) { title } }";
    socket.subscribe("all", FEATURED, json!({})).await;
    socket.subscribe("vision", of, json!({ "c": ["cs.AI", "CS.cv"] })).await;
    socket.settle().await;
    socket.subscribe("none", of, json!({ "c": ["cs.CVV"] })).await;
    let refused = socket.hear().await;
    let message = refused["payload"]["errors"][0]["message"].as_str().unwrap_or_default();
    assert!(message.contains("\"cs.CVV\" is not a category of arXiv; the nearest are cs.CV"), "{refused}");
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "none" }));
    feature(&curator, &one).await;
    let next = json!({ "title": "One", "featuredOn": "2026-01-07", "categories": [{ "code": "cs.CL" }] });
    assert_eq!(
        socket.hear().await,
        json!({ "type": "next", "id": "all", "payload": { "data": { "paperFeatured": next } } })
    );
    // Again is as good as once.
    feature(&curator, &one).await;
    socket.say(&json!({ "type": "complete", "id": "all" })).await;
    socket.settle().await;
    feature(&curator, &other).await;
    let next = json!({ "data": { "paperFeatured": { "title": "Other" } } });
    assert_eq!(socket.hear().await, json!({ "type": "next", "id": "vision", "payload": next }));
    socket.is_silent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_paper_arrives_where_it_is_watched() {
    let (stack, server) = stack_with_papers(1..4).await;
    let curator = curator(&stack, &server);
    let (one, other) = (paper(&curator, "One", "cs.CL").await, paper(&curator, "Other", "cs.CV").await);
    let watch = "subscription($id: ID!) { paperChanged(paperId: $id) { title featuredOn } }";
    let mut socket = Socket::ready(&server, None).await;
    socket.subscribe("1", watch, json!({ "id": one })).await;
    socket.settle().await;
    let update = "mutation($id: ID!, $input: PaperInput!) { updatePaper(paperId: $id, input: $input) { userErrors { code } } }";
    for (id, title) in [(&other, "Another"), (&one, "One"), (&one, "Two")] {
        curator.ok(update, json!({ "id": id, "input": { "title": title } })).await;
    }
    let mut next = async || {
        let message = socket.hear().await;
        assert_eq!(message["type"], "next", "{message}");
        message["payload"]["data"]["paperChanged"].clone()
    };
    assert_eq!(next().await, json!({ "title": "Two", "featuredOn": null }));
    feature(&curator, &one).await;
    assert_eq!(next().await["featuredOn"], "2026-01-07");
    curator
        .ok(
            "mutation($id: ID!) { unfeaturePaper(paperId: $id) { userErrors { code } } }",
            json!({ "id": one }),
        )
        .await;
    assert_eq!(next().await["featuredOn"], Value::Null);
    // One that there is not: told, and over.
    socket.subscribe("none", watch, json!({ "id": "UGFwZXI6OTk5" })).await;
    let message = socket.hear().await;
    assert_eq!(message["payload"]["errors"][0]["message"], "There is no such paper.");
    assert_eq!(message["payload"]["data"], Value::Null);
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "none" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_and_mutations_go_over_a_socket_too() {
    let (stack, server) = stack_with_papers(1..4).await;
    let token = stack.token("curie", Some("--curator"));
    let mut socket = Socket::ready(&server, Some(&token)).await;
    socket.subscribe("1", "{ b: __typename papers { totalCount } }", json!({})).await;
    let cost = json!({ "cost": { "requested": 22, "maximum": 1000 } });
    let answer = json!({ "data": { "b": "Query", "papers": { "totalCount": 3 } }, "extensions": cost });
    assert_eq!(socket.hear().await, json!({ "type": "next", "id": "1", "payload": answer }));
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "1" }));
    // The same id again, now that it is free; twice the same field is once.
    let id = server.client().get("{ paper(arxivId: \"2601.00001\") { id } }").await["paper"]["id"].clone();
    let twice = "mutation($id: ID!) { ...a ...b } \
        fragment a on Mutation { unfeaturePaper(paperId: $id) { paper { featuredOn } } } \
        fragment b on Mutation { unfeaturePaper(paperId: $id) { paper { title } } }";
    socket.subscribe("1", twice, json!({ "id": id })).await;
    let answer = json!({ "unfeaturePaper": { "paper": { "featuredOn": null, "title": "Paper 1" } } });
    assert_eq!(socket.hear().await["payload"]["data"], answer);
    assert_eq!(socket.hear().await["type"], "complete");
    assert_eq!(stack.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'unfeaturePaper'").await, 1);
    // Who has no token may not, and is told in the answer.
    let mut nobody = Socket::ready(&server, None).await;
    nobody.subscribe("1", FEATURE, json!({ "id": id })).await;
    let answer = nobody.hear().await;
    assert_eq!(answer["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(answer["type"], "next");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_has_at_most_twenty_operations() {
    let (stack, server) = stack_with_papers(1..4).await;
    let mut socket = Socket::ready(&server, None).await;
    for number in 0..20 {
        socket.subscribe(&number.to_string(), FEATURED, json!({})).await;
    }
    socket.subscribe("20", FEATURED, json!({})).await;
    let refused = socket.hear().await;
    assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!("20")));
    assert_eq!(refused["payload"][0]["extensions"]["code"], "TOO_COMPLEX");
    // One less, and there is room.
    socket.say(&json!({ "type": "complete", "id": "7" })).await;
    socket.subscribe("20", FEATURED, json!({})).await;
    socket.settle().await;
    let curator = curator(&stack, &server);
    let id = paper(&curator, "One", "cs.CL").await;
    feature(&curator, &id).await;
    let mut heard = Vec::new();
    for _ in 0..20 {
        heard.push(socket.hear().await["id"].as_str().unwrap().parse::<u32>().unwrap());
    }
    heard.sort_unstable();
    assert!(heard.iter().copied().eq((0..21).filter(|&number| number != 7)), "{heard:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_taken_back_ends_what_it_opened() {
    let (stack, server) = stack_with_papers(1..4).await;
    let (kept, token) = (stack.token("curie", Some("--curator")), stack.token("rita", None));
    let header = format!("Bearer {token}");
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    let mut by_payload = Socket::ready(&server, Some(&token)).await;
    let mut by_header = Socket::open(&server, &[protocol, ("authorization", &header)]).await.unwrap();
    by_header.say(&json!({ "type": "connection_init" })).await;
    assert_eq!(by_header.hear().await["type"], "connection_ack");
    let mut other = Socket::ready(&server, Some(&kept)).await;
    for socket in [&mut by_payload, &mut by_header, &mut other] {
        socket.subscribe("1", FEATURED, json!({})).await;
        socket.settle().await;
    }
    let mut events = Events::post(&server, Some(&token), FEATURED).await;
    let mut asking = Socket::ready(&server, Some(&token)).await;

    let database = stack.database().await;
    let revoke = "DELETE FROM access_token WHERE user_id = (SELECT id FROM \"user\" WHERE handle = 'rita')";
    assert_eq!(database.execute_unprepared(revoke).await.unwrap().rows_affected(), 1);
    // A new operation is refused at once, what is under way within half a minute.
    asking.subscribe("1", "{ feed { period } }", json!({})).await;
    assert_eq!(asking.closed().await.0, 4403);
    by_payload.is_silent().await;
    stack.set_clock(stack.now() + TimeDelta::seconds(31));
    assert_eq!(by_payload.closed().await.0, 4403);
    assert_eq!(by_header.closed().await.0, 4403);
    let mut last = events.next().await.unwrap();
    while last == ":" {
        last = events.next().await.unwrap();
    }
    assert!(last.starts_with("event: next") && last.contains("UNAUTHENTICATED"), "{last}");
    assert_eq!(events.next().await.unwrap(), "event: complete\ndata:");
    assert_eq!(events.next().await, None);

    let curator = server.client_with(&kept);
    let id = paper(&curator, "One", "cs.CL").await;
    feature(&curator, &id).await;
    assert_eq!(other.hear().await["payload"]["data"]["paperFeatured"]["title"], "One");
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_come_as_server_sent_events() {
    let (stack, server) = stack_with_papers(1..4).await;
    let curator = curator(&stack, &server);
    let mut events = Events::post(&server, None, FEATURED).await;
    let mut answered = Events::post(&server, None, "{ papers { totalCount } }").await;
    assert_eq!(answered.data().await["data"], json!({ "papers": { "totalCount": 3 } }));
    assert_eq!(answered.next().await.unwrap(), "event: complete\ndata:");
    assert_eq!(answered.next().await, None);
    for query in ["{", "{ nothing }", "subscription { paperFeatured { nothing } }"] {
        let mut refused = Events::post(&server, None, query).await;
        let answer = refused.data().await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{query}");
        assert!(answer.get("data").is_none(), "{answer}");
        assert_eq!(refused.next().await.unwrap(), "event: complete\ndata:");
    }
    let id = paper(&curator, "One", "cs.CL").await;
    feature(&curator, &id).await;
    assert_eq!(events.data().await["data"]["paperFeatured"]["title"], "One");
    for _ in 0..2 {
        stack.set_clock(stack.now() + TimeDelta::seconds(13));
        assert_eq!(events.next().await.unwrap(), ":");
    }
    // Without a stream there is one answer, which is none for a subscription.
    let answer = server.client().raw(FEATURED, json!({})).await;
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("text/event-stream") && message.contains("graphql-transport-ws"), "{message}");
    let http = reqwest::Client::new();
    let asked =
        |accept: &'static str| http.get(server.url("/graphql?query={feed{period}}")).header("accept", accept);
    assert_eq!(asked("text/event-stream").send().await.unwrap().status(), 406);
    let by_get = http.get(server.url(&format!("/graphql?query={FEATURED}"))).send().await.unwrap();
    assert_eq!(by_get.status(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lasts_ends_when_the_process_does() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let mut socket = Socket::ready(&server, None).await;
    socket.subscribe("1", FEATURED, json!({})).await;
    socket.settle().await;
    let mut events = Events::post(&server, None, FEATURED).await;
    let stopping = tokio::task::spawn_blocking(move || {
        let started = std::time::Instant::now();
        assert!(server.stop().success());
        (started.elapsed(), server)
    });
    assert_eq!(socket.closed().await.0, 1001);
    assert_eq!(events.next().await, None);
    let (took, _server) = stopping.await.unwrap();
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_and_comments_arrive_where_the_paper_is_watched() {
    let (stack, server) = stack_with_papers(1..4).await;
    let reader = server.client_with(&stack.token("rita", None));
    let id = |number: u32| {
        let reader = reader.clone();
        let query = format!("{{ paper(arxivId: \"2601.0000{number}\") {{ id }} }}");
        async move { reader.get(&query).await["paper"]["id"].clone() }
    };
    let (watched, other) = (id(1).await, id(2).await);
    let mut socket = Socket::ready(&server, None).await;
    let added = "subscription($id: ID!) { commentAdded(paperId: $id) { body author { handle } } }";
    socket.subscribe("comments", added, json!({ "id": watched })).await;
    socket.settle().await;
    let add = "mutation($id: ID!, $body: String!) {
        addComment(input: { paperId: $id, body: $body }) { comment { id } userErrors { code } } }";
    reader.ok(add, json!({ "id": other, "body": "Elsewhere." })).await;
    reader.ok(add, json!({ "id": watched, "body": "Here." })).await;
    let comment = json!({ "body": "Here.", "author": { "handle": "rita" } });
    let next = json!({ "data": { "commentAdded": comment } });
    assert_eq!(socket.hear().await, json!({ "type": "next", "id": "comments", "payload": next }));
    socket.say(&json!({ "type": "complete", "id": "comments" })).await;
    let changed = "subscription($id: ID!) { paperChanged(paperId: $id) { upvoteCount commentCount } }";
    socket.subscribe("paper", changed, json!({ "id": watched })).await;
    socket.settle().await;
    let vote = "mutation($id: ID!) { upvotePaper(paperId: $id) { userErrors { code } } }";
    for _ in 0..2 {
        reader.ok(vote, json!({ "id": watched })).await;
    }
    let next = json!({ "data": { "paperChanged": { "upvoteCount": 4, "commentCount": 2 } } });
    assert_eq!(socket.hear().await, json!({ "type": "next", "id": "paper", "payload": next }));
    // The second vote changed nothing.
    socket.is_silent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_events_without_a_post() {
    let (stack, server) = stack_with_papers(1..4).await;
    let curator = curator(&stack, &server);
    let one = paper(&curator, "One", "cs.CL").await;
    let mut events = Events::get(&server, "subscription { paperFeatured { title } }").await;
    feature(&curator, &one).await;
    assert_eq!(events.data().await, json!({ "data": { "paperFeatured": { "title": "One" } } }));
    // Nothing else comes that way, and nothing is changed.
    let asked = |query: &str| {
        let request =
            reqwest::Client::new().get(server.url("/graphql")).header("accept", "text/event-stream");
        request.query(&[("query", query)]).send()
    };
    let changing = format!("mutation {{ unfeaturePaper(paperId: {one}) {{ paper {{ id }} }} }}");
    for query in ["{ feed { period } }", changing.as_str()] {
        assert_eq!(asked(query).await.unwrap().status(), 406, "{query}");
    }
    let mut wrong = Events::get(&server, "subscription { nothing { id } }").await;
    assert_eq!(wrong.data().await["errors"][0]["extensions"]["code"], "BAD_REQUEST");
}
