//! GraphQL over HTTP: methods, media types, malformed requests, limits. Comments name the cases of the
//! graphql-http audit.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{JSON, RESPONSE, post, request, server};
use crate::support::graphql::GraphqlResponse;

fn content_type(response: &Response) -> String {
    response.headers()["content-type"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_preferred_media_type_is_sent() {
    let (_stack, server) = server().await;
    let body = json!({ "query": "{ __typename }" });
    // 22EB, 4655, 47DE, 80D8, 82A3, BF61, 78D5
    for (accept, answered) in [
        (Some(RESPONSE), RESPONSE),
        (Some(JSON), JSON),
        (Some("*/*"), JSON),
        (None, JSON),
        (Some("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8"), RESPONSE),
        (Some("application/json;q=0.1, application/graphql-response+json;q=0.2"), RESPONSE),
    ] {
        let mut request = post(&server, &body);
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(content_type(&response), format!("{answered}; charset=utf-8"), "{accept:?}");
        assert_eq!(
            *response.json::<GraphqlResponse>().await.unwrap().data(),
            json!({ "__typename": "Query" })
        );
    }
    let response = post(&server, &body).header("accept", "text/html").send().await.unwrap();
    assert_eq!(response.status(), 406);
}

#[tokio::test(flavor = "multi_thread")]
async fn get_requests_may_run_queries_only() {
    let (_stack, server) = server().await;
    // 5A70, D6D5, 6A70
    let good = "?query=query+Q($x:Boolean!)%7Bfeed+@include(if:$x)%7Bperiod%7D%7D&operationName=Q&variables=%7B%22x%22:true%7D&extensions=";
    let response = request(&server, Method::GET, good).send().await.unwrap();
    assert_eq!(*response.json::<GraphqlResponse>().await.unwrap().data(), json!({ "feed": null }));
    // 9C48, also if `operationName` selects the mutation.
    for query in [
        "?query=mutation%7B__typename%7D",
        "?query=query+A%7B__typename%7D+mutation+B%7B__typename%7D&operationName=B",
    ] {
        let response = request(&server, Method::GET, query).send().await.unwrap();
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()["allow"], "POST");
    }
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD] {
        let response = request(&server, method.clone(), "")
            .json(&json!({ "query": "{ __typename }" }))
            .send()
            .await
            .unwrap();
        assert!(response.status().is_client_error(), "{method}");
    }
    for query in
        ["", "?query=", "?query=%7B__typename%7D&variables=nonsense", "?query=%7B__typename%7D&extensions=3"]
    {
        let response = request(&server, Method::GET, query).send().await.unwrap();
        assert_eq!(response.status(), 400, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_json_bodies_are_accepted() {
    let (_stack, server) = server().await;
    let body = "{\"query\":\"mutation{unsubscribe(token:\\\"x\\\"){unsubscribed}}\"}";
    // 9ABE, and the media types that a form of another site can send without a preflight.
    for media_type in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=iso-8859-1",
    ] {
        let mut request = request(&server, Method::POST, "").body(body);
        if !media_type.is_empty() {
            request = request.header("content-type", media_type);
        }
        assert_eq!(request.send().await.unwrap().status(), 415, "{media_type}");
    }
    let packed =
        request(&server, Method::POST, "").header("content-type", JSON).header("content-encoding", "gzip");
    assert_eq!(packed.body(vec![0x1f, 0x8b, 8, 0]).send().await.unwrap().status(), 415);
    let good = request(&server, Method::POST, "")
        .header("content-type", "Application/JSON; charset=UTF-8")
        .body(body);
    assert_eq!(good.send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_get_status_400() {
    let (_stack, server) = server().await;
    // A5BF, 423L, LKJ0-3, 6C00-3, 4760-3, 58B0-3, B6DC, BCF8, B7N8, and batches
    let bodies = [
        "",
        "nonsense",
        "{",
        "[]",
        "3",
        "\"query\"",
        "[{\"query\":\"{__typename}\"}]",
        "{}",
        r#"{"query":3}"#,
        r#"{"query":[]}"#,
        r#"{"query":{}}"#,
        r#"{"query":true}"#,
        r#"{"query":null}"#,
        r#"{"query":"{__typename}","operationName":3}"#,
        r#"{"query":"{__typename}","operationName":{}}"#,
        r#"{"query":"{__typename}","variables":3}"#,
        r#"{"query":"{__typename}","variables":[]}"#,
        r#"{"query":"{__typename}","variables":"{}"}"#,
        r#"{"query":"{__typename}","extensions":3}"#,
        r#"{"query":"{__typename}","extensions":"{}"}"#,
    ];
    for body in bodies {
        for accept in [JSON, RESPONSE] {
            let request =
                request(&server, Method::POST, "").header("content-type", JSON).header("accept", accept);
            let response = request.body(body).send().await.unwrap();
            assert_eq!(response.status(), 400, "{body}");
            let answer: GraphqlResponse = response.json().await.unwrap();
            assert_eq!(answer.error_code(), Some("BAD_REQUEST"), "{body}");
            assert!(!answer.has_data(), "{body}");
        }
    }
    // 94B0-2, 0220-2: null counts as absent; unknown parameters are ignored.
    let body = json!({ "query": "{ __typename }", "operationName": null, "variables": null, "extensions": null, "other": 1 });
    assert_eq!(post(&server, &body).send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_tokens_are_refused() {
    let (_stack, server) = server().await;
    for token in ["Bearer nonsense", "Basic eDp5", "dp_x", "Bearer "] {
        let response = post(&server, &json!({ "query": "{ __typename }" }))
            .header("authorization", token)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 401, "{token}");
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_are_refused_before_their_token_is_looked_up() {
    let (_stack, server) = server().await;
    let client = reqwest::Client::new();
    let post = |body: &'static str| {
        client.post(server.url("/graphql")).header("content-type", "application/json").body(body)
    };
    for request in [
        post("{"),
        post("[]"),
        post("{}"),
        post(r#"{"query":"{ __typename }","variables":3}"#).header("accept", "text/event-stream"),
        client.get(server.url("/graphql?query=%7B__typename%7D&variables=%7B")),
        client.get(server.url("/graphql?query=a&query=b")),
    ] {
        let response = request.header("authorization", "Bearer nonsense").send().await.unwrap();
        assert_eq!(response.status(), 400, "{response:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn document_and_body_sizes_are_limited() {
    let (_stack, server) = server().await;
    let long = format!("{{ __typename }} # {}", "x".repeat(16 * 1024));
    let answer: GraphqlResponse =
        post(&server, &json!({ "query": long })).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer.error_code(), Some("TOO_COMPLEX"));
    let large = json!({ "query": "{ __typename }", "variables": { "x": "y".repeat(100_000) } });
    assert_eq!(post(&server, &large).send().await.unwrap().status(), 413);
    // Also if the length is unknown: in chunks.
    let address = server.url("").strip_prefix("http://").unwrap().to_owned();
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("{:x}\r\n{}\r\n", 60_000, "x".repeat(60_000));
    for _ in 0..2 {
        socket.write_all(chunk.as_bytes()).await.unwrap();
    }
    let mut answer = vec![0; 12];
    tokio::time::timeout(Duration::from_secs(5), socket.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(String::from_utf8(answer).unwrap(), "HTTP/1.1 413");
}
