//! GraphQL over HTTP: methods, media types, malformed requests, limits. The names in front of cases are those
//! of the graphql-http audit.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Process, Stack};

const JSON: &str = "application/json";
const RESPONSE: &str = "application/graphql-response+json";

async fn server() -> (Stack, Process) {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    (stack, server)
}

fn request(server: &Process, method: Method, query_string: &str) -> RequestBuilder {
    reqwest::Client::new().request(method, server.url(&format!("/graphql{query_string}")))
}

fn post(server: &Process, body: &Value) -> RequestBuilder {
    request(server, Method::POST, "").json(body)
}

fn content_type(response: &Response) -> String {
    response.headers()["content-type"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_media_type_is_the_one_that_is_preferred() {
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
        assert_eq!(response.json::<Value>().await.unwrap()["data"], json!({ "__typename": "Query" }));
    }
    let response = post(&server, &body).header("accept", "text/html").send().await.unwrap();
    assert_eq!(response.status(), 406);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_takes_queries_only() {
    let (_stack, server) = server().await;
    // 5A70, D6D5, 6A70
    let good = "?query=query+Q($x:Boolean!)%7Bfeed+@include(if:$x)%7Bperiod%7D%7D&operationName=Q&variables=%7B%22x%22:true%7D&extensions=";
    let response = request(&server, Method::GET, good).send().await.unwrap();
    assert_eq!(response.json::<Value>().await.unwrap()["data"], json!({ "feed": null }));
    // 9C48, also where the mutation is hidden behind a name.
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
async fn only_json_is_taken() {
    let (_stack, server) = server().await;
    let body = "{\"query\":\"mutation{unsubscribe(token:\\\"x\\\"){unsubscribed}}\"}";
    // 9ABE and the ways in which a form of another site can send without asking.
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
async fn malformed_requests_are_told_apart_from_wrong_ones() {
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
            let answer: Value = response.json().await.unwrap();
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{body}");
            assert!(answer.get("data").is_none(), "{body}");
        }
    }
    // 94B0-2, 0220-2: null is as good as absent; unknown parameters are ignored.
    let body = json!({ "query": "{ __typename }", "operationName": null, "variables": null, "extensions": null, "other": 1 });
    assert_eq!(post(&server, &body).send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_executed_has_no_data() {
    let (_stack, server) = server().await;
    // 572B, FDE2, 7B9B; 865D, 556A, D586; 51FE, 74FF, 5E5B; 86EE
    let cases = [
        json!({ "query": "{" }),
        json!({ "query": "" }),
        json!({ "query": "{ nothing }" }),
        json!({ "query": "{ feed { period { x } } }" }),
        json!({ "query": "query Q { __typename }", "operationName": "R" }),
        json!({ "query": "query A { __typename } query B { __typename }" }),
        json!({ "query": "query($p: FeedPeriod!) { feed(period: $p) { period } }" }),
        json!({ "query": "query($first: Int) { papers(first: $first) { totalCount } }", "variables": { "first": "x" } }),
        json!({ "query": "query($x: Int) { __typename }" }),
        json!({ "query": "{ ...F } fragment F on Query { __typename } fragment G on Query { __typename }" }),
        json!({ "query": "{ papers { nodes { title: slug title } } }" }),
    ];
    for body in cases {
        for (accept, status) in [(JSON, 200), (RESPONSE, 400)] {
            let response = post(&server, &body).header("accept", accept).send().await.unwrap();
            assert_eq!(response.status(), status, "{body} {accept}");
            let answer: Value = response.json().await.unwrap();
            assert!(answer.get("data").is_none(), "{body}: {answer}");
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{body}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_null_and_the_rest_is_there_in_its_order() {
    let stack = Stack::new().await;
    crate::support::fixtures::import_day(&stack, "2026-01-06", 1..3);
    let server = stack.serve().await;
    for (query, data, path) in [
        (
            "{ papers(first: 101) { totalCount } feed { period } }",
            r#"{"papers":null,"feed":{"period":"2026-01-06"}}"#,
            json!(["papers"]),
        ),
        (
            "{ feed { period papers(first: -1) { totalCount } } }",
            r#"{"feed":null}"#,
            json!(["feed", "papers"]),
        ),
        (
            "{ papers { nodes { title authors(first: -1) { name } } } __typename }",
            r#"{"papers":null,"__typename":"Query"}"#,
            json!(["papers", "nodes", 0, "authors"]),
        ),
        ("{ x: papers(first: 101) { totalCount } }", r#"{"x":null}"#, json!(["x"])),
    ] {
        let response =
            post(&server, &json!({ "query": query })).header("accept", RESPONSE).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let text = response.text().await.unwrap();
        assert!(text.starts_with(&format!("{{\"data\":{data},\"errors\":")), "{query}: {text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["errors"][0]["path"], path, "{query}");
    }
    let query =
        "{ feed { next startsOn period papers { totalCount nodes { slug title id } } previous endsOn } }";
    let text = post(&server, &json!({ "query": query })).send().await.unwrap().text().await.unwrap();
    let order = [
        "next",
        "startsOn",
        "period",
        "papers",
        "totalCount",
        "nodes",
        "slug",
        "title",
        "id",
        "previous",
        "endsOn",
    ];
    let places: Vec<usize> = order.iter().map(|key| text.find(&format!("\"{key}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_is_refused() {
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
async fn size_is_limited() {
    let (_stack, server) = server().await;
    let long = format!("{{ __typename }} # {}", "x".repeat(16 * 1024));
    let answer: Value = post(&server, &json!({ "query": long })).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "TOO_COMPLEX");
    let large = json!({ "query": "{ __typename }", "variables": { "x": "y".repeat(100_000) } });
    assert_eq!(post(&server, &large).send().await.unwrap().status(), 413);
    // Also where the length is not said beforehand: in chunks.
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

#[tokio::test(flavor = "multi_thread")]
async fn errors_tell_nothing_of_the_inside() {
    let (stack, server) = server().await;
    let database = stack.database().await;
    sea_orm::ConnectionTrait::execute_unprepared(&database, "DROP TABLE edition_paper").await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&database, "DROP TABLE keyword").await.unwrap();
    crate::support::fixtures::write_day(&stack, "2026-01-06", &[]);
    let answer = server
        .client()
        .raw("{ papers(filter: { categories: [\"cs.CL\"] }) { totalCount } edition(cadence: DAILY, period: \"2026-01-06\") { id } }", json!({}))
        .await;
    assert!(answer.get("errors").is_none(), "{answer}");
    let curator = server.client_with(&stack.token("curie", Some("--curator")));
    let input =
        json!({ "input": { "title": "T", "abstract": "A", "publishedOn": "2026-01-01", "keywords": ["k"] } });
    let answer = curator
        .raw("mutation($input: PaperInput!) { createPaper(input: $input) { paper { id } } }", input)
        .await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL");
    let message = answer["errors"][0]["message"].as_str().unwrap();
    for inside in ["keyword", "table", "SQL", "sql", "relation", "DROP", "/"] {
        assert!(!message.contains(inside), "{message}");
    }
    // The number in the message leads to the cause in the log.
    let number = message.trim_end_matches('.').rsplit(' ').next().unwrap();
    crate::support::eventually("logged", || async {
        server.log().lines().any(|line| line.contains(number) && line.contains("keyword")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_errors_are_not_all_told() {
    let (_stack, server) = server().await;
    let fields: String = (0..1_000).map(|number| format!(" x{number}")).collect();
    let answer = server.client().raw(&format!("{{{fields} }}"), json!({})).await;
    let count = answer["errors"].as_array().unwrap().len();
    assert!((1..=20).contains(&count), "{count}");
}
