//! Operations over a WebSocket: their number, their end, and their user.

use std::time::Duration;

use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::paper;
use crate::support::fixtures::stack_with_papers;
use crate::support::journey::{FEATURE, feature};
use crate::support::socket::{Events, FEATURED, Socket};

#[tokio::test(flavor = "multi_thread")]
async fn queries_and_mutations_work_over_a_websocket() {
    let (stack, server) = stack_with_papers(1..4).await;
    let token = stack.token("curie", Some("--curator"));
    let mut socket = Socket::ready(&server, Some(&token)).await;
    socket.subscribe("1", "{ b: __typename papers { totalCount } }", json!({})).await;
    let cost = json!({ "cost": { "requested": 22, "maximum": 1000 } });
    let answer = json!({ "data": { "b": "Query", "papers": { "totalCount": 3 } }, "extensions": cost });
    assert_eq!(socket.hear().await, json!({ "type": "next", "id": "1", "payload": answer }));
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "1" }));
    // The same id again, now that it is free; a repeated field runs once.
    let id = server.client().paper_id("2601.00001").await;
    let twice = "mutation($id: ID!) { ...a ...b } \
        fragment a on Mutation { unfeaturePaper(paperId: $id) { paper { featuredOn } } } \
        fragment b on Mutation { unfeaturePaper(paperId: $id) { paper { title } } }";
    socket.subscribe("1", twice, json!({ "id": id })).await;
    let answer = json!({ "unfeaturePaper": { "paper": { "featuredOn": null, "title": "Paper 1" } } });
    assert_eq!(socket.hear_response().await.data(), &answer);
    assert_eq!(socket.hear().await["type"], "complete");
    assert_eq!(stack.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'unfeaturePaper'").await, 1);
    // Without a token the response has an error.
    let mut nobody = Socket::ready(&server, None).await;
    nobody.subscribe("1", FEATURE, json!({ "id": id })).await;
    assert_eq!(nobody.hear_response().await.error_code(), Some("UNAUTHENTICATED"));
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
    // After one ends, another may start.
    socket.say(&json!({ "type": "complete", "id": "7" })).await;
    socket.subscribe("20", FEATURED, json!({})).await;
    socket.settle().await;
    let curator = server.curator(&stack);
    let id = paper(&curator, "One", "cs.CL").await;
    feature(&curator, &id, None).await;
    let mut heard = Vec::new();
    for _ in 0..20 {
        heard.push(socket.hear().await["id"].as_str().unwrap().parse::<u32>().unwrap());
    }
    heard.sort_unstable();
    assert!(heard.iter().copied().eq((0..21).filter(|&number| number != 7)), "{heard:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_a_token_closes_its_sockets_and_streams() {
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
    // A new operation is refused at once, and running ones end within half a minute.
    asking.subscribe("1", "{ feed { period } }", json!({})).await;
    assert_eq!(asking.closed().await.0, 4403);
    by_payload.expect_silence().await;
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
    feature(&curator, &id, None).await;
    assert_eq!(other.hear_response().await.data()["paperFeatured"]["title"], "One");
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_and_streams_end_when_the_process_stops() {
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
