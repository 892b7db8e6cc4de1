//! The subprotocol graphql-transport-ws: which clients may open a socket, and the codes that close it.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::support::fixtures::{import_day, stack_with_papers};
use crate::support::socket::{FEATURED, Socket};
use crate::support::{Stack, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn refused_operations_get_an_error_message() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let mut socket = Socket::ready(&server, None).await;
    let long = format!("subscription {{ paperFeatured {{ {} }} }}", "title ".repeat(4_000));
    let aliases: String = (0..40).map(|number| format!("a{number}: title ")).collect();
    let aliases = format!("subscription {{ paperFeatured {{ {aliases} }} }}");
    for (query, code) in [
        ("{", "BAD_REQUEST"),
        ("{ nothing }", "BAD_REQUEST"),
        ("query($a: ID!) { node(id: $a) { id } }", "BAD_REQUEST"),
        ("query a { feed { period } } query b { feed { period } }", "BAD_REQUEST"),
        ("subscription { paperFeatured { nothing } }", "BAD_REQUEST"),
        ("subscription { a: paperFeatured { title } b: paperFeatured { title } }", "BAD_REQUEST"),
        ("subscription { paperFeatured @skip(if: true) { title } }", "BAD_REQUEST"),
        ("subscription { ... @include(if: true) { paperFeatured { title } } }", "BAD_REQUEST"),
        ("subscription { __typename }", "BAD_REQUEST"),
        (long.as_str(), "TOO_COMPLEX"),
        (aliases.as_str(), "TOO_COMPLEX"),
    ] {
        socket.subscribe("x", query, json!({})).await;
        let message = socket.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("x")), "{query}: {message}");
        assert_eq!(message["payload"][0]["extensions"]["code"], code, "{query}: {message}");
    }
    // None of them sent anything else.
    socket.settle().await;
    socket.expect_silence().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn protocol_violations_close_the_socket_with_their_code() {
    let (stack, server) = stack_with_papers(1..4).await;
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": FEATURED } });
    let init = json!({ "type": "connection_init" });
    for before in [
        json!({ "type": "nothing" }),
        json!([]),
        json!({}),
        json!({ "type": "connection_init", "payload": 1 }),
    ] {
        let mut socket = Socket::silent(&server).await;
        socket.say(&before).await;
        assert_eq!(socket.closed().await.0, 4400, "{before}");
    }
    for after in [
        json!({ "type": "next", "id": "1", "payload": {} }),
        json!({ "type": "connection_ack" }),
        json!({ "type": "subscribe", "payload": { "query": FEATURED } }),
        json!({ "type": "subscribe", "id": "", "payload": { "query": FEATURED } }),
        json!({ "type": "subscribe", "id": 1, "payload": { "query": FEATURED } }),
        json!({ "type": "subscribe", "id": "1" }),
        json!({ "type": "subscribe", "id": "1", "payload": {} }),
        json!({ "type": "subscribe", "id": "1", "payload": { "query": FEATURED, "variables": [] } }),
        json!({ "type": "complete" }),
    ] {
        let mut socket = Socket::ready(&server, None).await;
        socket.say(&after).await;
        assert_eq!(socket.closed().await.0, 4400, "{after}");
    }
    let mut socket = Socket::ready(&server, None).await;
    socket.send(Message::text("{")).await;
    assert_eq!(socket.closed().await, (4400, "Invalid message received".to_owned()));
    let mut socket = Socket::ready(&server, None).await;
    socket.send(Message::binary(init.to_string())).await;
    assert_eq!(socket.closed().await.0, 4400);

    let mut socket = Socket::silent(&server).await;
    socket.say(&subscribe).await;
    assert_eq!(socket.closed().await, (4401, "Unauthorized".to_owned()));

    for value in [json!("Bearer dp_nonsense"), json!("Basic x"), json!(7)] {
        let mut socket = Socket::silent(&server).await;
        socket.say(&json!({ "type": "connection_init", "payload": { "authorization": value } })).await;
        assert_eq!(socket.closed().await, (4403, "Forbidden".to_owned()), "{value}");
    }

    let mut socket = Socket::ready(&server, None).await;
    socket.say(&subscribe).await;
    socket.say(&subscribe).await;
    assert_eq!(socket.closed().await, (4409, "Subscriber for 1 already exists".to_owned()));
    // A reason that is too long for a close frame.
    let mut socket = Socket::ready(&server, None).await;
    let long = json!({ "type": "subscribe", "id": "ä".repeat(200), "payload": { "query": FEATURED } });
    socket.say(&long).await;
    socket.say(&long).await;
    let (code, reason) = socket.closed().await;
    assert!(
        code == 4409 && reason.len() <= 123 && reason.starts_with("Subscriber for ää"),
        "{code} {reason}"
    );

    let mut socket = Socket::ready(&server, None).await;
    socket.say(&init).await;
    assert_eq!(socket.closed().await, (4429, "Too many initialisation requests".to_owned()));

    let mut late = Socket::silent(&server).await;
    let mut ready = Socket::ready(&server, None).await;
    stack.set_clock(stack.now() + TimeDelta::seconds(11));
    assert_eq!(late.closed().await, (4408, "Connection initialisation timeout".to_owned()));
    ready.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_open_for_allowed_origins_tokens_and_protocols_only() {
    let (stack, server) = stack_with_papers(1..4).await;
    let token = stack.token("rita", None);
    let bearer = format!("Bearer {token}");
    let here = server.url("");
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    for (headers, status) in [
        (vec![], Some(400)),
        (vec![("sec-websocket-protocol", "graphql-ws")], Some(400)),
        (vec![("sec-websocket-protocol", "graphql-ws, graphql-transport-ws")], None),
        (vec![protocol, ("origin", "https://evil.example")], Some(403)),
        (vec![protocol, ("origin", "null")], Some(403)),
        (vec![protocol, ("origin", "https://papers.example.org")], None),
        (vec![protocol, ("origin", here.as_str())], None),
        (vec![protocol, ("authorization", "Bearer dp_nonsense")], Some(401)),
        (vec![protocol, ("authorization", bearer.as_str())], None),
        (vec![protocol, ("sec-websocket-version", "12")], Some(426)),
    ] {
        let opened = Socket::open(&server, &headers).await;
        assert_eq!(opened.err(), status, "{headers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_may_be_null() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let mut socket = Socket::silent(&server).await;
    socket.say(&json!({ "type": "ping", "payload": null })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    socket.say(&json!({ "type": "pong", "payload": null })).await;
    socket.say(&json!({ "type": "connection_init", "payload": null })).await;
    assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
    socket.say(&json!({ "type": "complete", "id": "1", "payload": null })).await;
    let payload =
        json!({ "query": "{ __typename }", "variables": null, "operationName": null, "extensions": null });
    socket.say(&json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
    assert_eq!(socket.hear_response().await.data(), &json!({ "__typename": "Query" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_are_answered_and_missing_pongs_close_the_socket() {
    let (stack, server) = stack_with_papers(1..4).await;
    let mut socket = Socket::silent(&server).await;
    socket.say(&json!({ "type": "ping", "payload": { "a": 1 } })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong", "payload": { "a": 1 } }));
    socket.say(&json!({ "type": "pong" })).await;
    socket.send(Message::Ping("there?".into())).await;
    assert_eq!(socket.next().await, Message::Pong("there?".into()));
    socket.say(&json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    for _ in 0..4 {
        stack.set_clock(stack.now() + TimeDelta::seconds(26));
        assert!(matches!(socket.next().await, Message::Ping(_)));
        // The library answers pings when it reads.
        socket.settle().await;
    }
    // A client that does not answer: after two missed pings the socket is closed.
    let mut dead = Socket::ready(&server, None).await;
    for _ in 0..2 {
        stack.set_clock(stack.now() + TimeDelta::seconds(26));
        dead.see_ping().await;
    }
    stack.set_clock(stack.now() + TimeDelta::seconds(26));
    assert_eq!(dead.closed().await.0, 1006);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_over_a_hundred_kilobytes_close_the_socket() {
    let (_stack, server) = stack_with_papers(1..4).await;
    let part =
        |octets: usize, opcode, is_last| Frame::message(vec![b' '; octets], OpCode::Data(opcode), is_last);
    // In one frame.
    let mut socket = Socket::ready(&server, None).await;
    socket.send(Message::text(" ".repeat(100_001))).await;
    assert_eq!(socket.closed().await.0, 1009);
    // In many.
    let mut socket = Socket::ready(&server, None).await;
    socket.frame(part(40_000, Data::Text, false)).await;
    socket.frame(part(40_000, Data::Continue, false)).await;
    socket.frame(part(40_000, Data::Continue, false)).await;
    assert_eq!(socket.closed().await.0, 1009);
    // In one very large frame, which is not buffered to its end.
    let mut socket = Socket::ready(&server, None).await;
    let sending = socket.send(Message::text(" ".repeat(50_000_000)));
    let _ = timeout(Duration::from_secs(20), sending).await;
    assert_eq!(socket.closed().await.0, 1009);
    // Cut into pieces, with a ping in between, a message is still one.
    let mut socket = Socket::ready(&server, None).await;
    let text = json!({ "type": "ping", "payload": { "a": "ä".repeat(30_000) } }).to_string();
    let (first, rest) = text.as_bytes().split_at(30_001);
    let (second, third) = rest.split_at(1_000);
    socket.frame(Frame::message(first.to_vec(), OpCode::Data(Data::Text), false)).await;
    socket.send(Message::Ping("between".into())).await;
    socket.frame(Frame::message(second.to_vec(), OpCode::Data(Data::Continue), false)).await;
    socket.frame(Frame::message(third.to_vec(), OpCode::Data(Data::Continue), true)).await;
    assert_eq!(socket.next().await, Message::Pong("between".into()));
    assert_eq!(socket.hear().await["payload"]["a"], "ä".repeat(30_000));
    // Invalid UTF-8, and an invalid frame.
    socket.frame(Frame::message(vec![0xff], OpCode::Data(Data::Text), true)).await;
    assert_eq!(socket.closed().await.0, 1007);
    let mut socket = Socket::ready(&server, None).await;
    socket.frame(part(1, Data::Continue, true)).await;
    assert_eq!(socket.closed().await.0, 1002);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_is_disconnected() {
    let stack = Stack::new().await;
    stack.set("LOG", "info,graphql_server=debug");
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let mut socket = Socket::ready(&server, None).await;
    let large =
        "{ __schema { types { name description fields { name description args { name description } } } } }";
    // Until the server no longer reads.
    for number in 0..2_000 {
        let payload =
            json!({ "query": large, "operationName": null, "extensions": { "": " ".repeat(10_000) } });
        let message = json!({ "type": "subscribe", "id": number.to_string(), "payload": payload });
        let sent = socket.send(Message::text(message.to_string()));
        // Long enough that a busy machine is not the cause.
        if timeout(Duration::from_secs(6), sent).await.is_err() {
            break;
        }
        assert!(number < 1_999, "the server still reads");
    }
    stack.set_clock(stack.now() + TimeDelta::seconds(11));
    eventually("the client is disconnected", || async {
        server.log().contains("not read in time").then_some(())
    })
    .await;
    assert_eq!(socket.closed().await.0, 1013);
    // Other sockets still work.
    let mut other = Socket::ready(&server, None).await;
    other.settle().await;
}
