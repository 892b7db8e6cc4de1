//! The cost of operations, the points and open streams of a client, and persisted queries.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::fixtures::import_day;
use crate::support::graphql::GraphqlResponse;
use crate::support::socket::{Events, FEATURED, Socket};
use crate::support::{Process, Stack, eventually};

async fn stack_with_papers() -> (Stack, Process) {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..6);
    stack.set("CLIENT_POINTS_PER_SECOND", "1");
    stack.set("PERSON_POINTS_PER_SECOND", "1");
    let server = stack.serve().await;
    (stack, server)
}

async fn post(server: &Process, token: Option<&str>, body: Value) -> reqwest::Response {
    let mut request = reqwest::Client::new().post(server.url("/graphql")).json(&body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_tell_the_cost_and_the_points_left() {
    let (stack, server) = stack_with_papers().await;
    let query = json!({ "query": "{ papers(first: 100) { nodes { organization { name } keywords } } }" });
    let answer = post(&server, None, query.clone()).await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("ratelimit-policy"), "\"points\";q=1000;w=1000");
    assert_eq!(header("ratelimit"), "\"points\";r=798;t=0");
    let answer: GraphqlResponse = answer.json().await.unwrap();
    assert_eq!(answer["extensions"]["cost"], json!({ "requested": 202, "maximum": 1000 }));
    // Four of them nearly empty the bucket.
    for _ in 0..3 {
        assert_eq!(post(&server, None, query.clone()).await.status(), 200);
    }
    let refused = post(&server, None, query.clone()).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    let refused: GraphqlResponse = refused.json().await.unwrap();
    assert_eq!(refused.error_code(), Some("RATE_LIMITED"));
    assert!(!refused.has_data());
    // Each user has a bucket, twice as large.
    let token = stack.token("rita", None);
    let answer = post(&server, Some(&token), query.clone()).await;
    assert_eq!(answer.headers()["ratelimit"], "\"points\";r=1798;t=0");
    // Pages are still served.
    assert_eq!(reqwest::get(server.url("/")).await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_that_cost_too_much_are_refused_before_execution() {
    let (_stack, server) = stack_with_papers().await;
    for query in [
        "{ papers(first: 50) { nodes { authors { papers(first: 50) { nodes { title } } } } } }".to_owned(),
        format!(
            "{{ {} }}",
            (0..25).map(|n| format!("a{n}: papers(first: 50) {{ nodes {{ title }} }} ")).collect::<String>()
        ),
        "query($n: Int = 100) { papers(first: $n) { nodes { comments(first: $n) { nodes { body } } } } }"
            .to_owned(),
    ] {
        let answer = post(&server, None, json!({ "query": query })).await;
        let answer: GraphqlResponse = answer.json().await.unwrap();
        assert_eq!(answer.error_code(), Some("TOO_COMPLEX"), "{query}");
    }
    // Typical queries are not expensive.
    let ordinary = "{ feed { papers(first: 20) { nodes { title authors { name } organization { name }
        comments(first: 10) { nodes { body author { displayName } } } } } } }";
    let answer: GraphqlResponse =
        post(&server, None, json!({ "query": ordinary })).await.json().await.unwrap();
    assert!(!answer.has_errors() && answer.cost() == 503, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn persisted_queries_are_sent_once_and_named_by_hash() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..6);
    let server = stack.serve().await;
    let query = "{ __typename }";
    let hash = "7f56e67dd21ab3f30d1ff8b7bed08893f0a0db86449836189b361dd1e56ddb4b";
    let persisted = |hash: &str| json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let ask = async |body: Value| post(&server, None, body).await.json::<GraphqlResponse>().await.unwrap();
    let unknown = ask(json!({ "extensions": persisted(hash) })).await;
    assert_eq!(unknown.error_code(), Some("PERSISTED_QUERY_NOT_FOUND"));
    assert_eq!(unknown.error_message(), "PersistedQueryNotFound");
    let wrong = ask(json!({ "query": "{ feed { period } }", "extensions": persisted(hash) })).await;
    assert_eq!(wrong.error_code(), Some("BAD_REQUEST"));
    let known = ask(json!({ "query": query, "extensions": persisted(hash) })).await;
    assert_eq!(*known.data(), json!({ "__typename": "Query" }));
    assert_eq!(ask(json!({ "extensions": persisted(hash) })).await.data(), known.data());
    // By GET, which caches prefer.
    let url = reqwest::Url::parse_with_params(
        &server.url("/graphql"),
        [("extensions", persisted(hash).to_string())],
    );
    let answer: GraphqlResponse = reqwest::get(url.unwrap()).await.unwrap().json().await.unwrap();
    assert_eq!(answer.data(), known.data());
    for extensions in
        [json!({ "persistedQuery": "x" }), json!({ "persistedQuery": { "version": 2, "sha256Hash": hash } })]
    {
        let answer = post(&server, None, json!({ "query": query, "extensions": extensions })).await;
        assert_eq!(answer.status(), 400);
    }
}

/// A server with this limit of sockets and streams per client, behind a trusted proxy.
async fn stack_with_streams(most: &str) -> (Stack, Process) {
    let stack = Stack::new().await;
    stack.set("CLIENT_STREAMS", most);
    stack.set("TRUSTED_PROXIES", "127.0.0.1");
    let server = stack.serve().await;
    (stack, server)
}

/// Opens a socket as a client at an address.
async fn socket_of(server: &Process, address: &str) -> Result<Socket, u16> {
    let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("x-forwarded-for", address)];
    Socket::open(server, &headers).await
}

/// Requests a stream as a client at an address.
async fn stream_of(server: &Process, address: &str) -> reqwest::Response {
    let request = reqwest::Client::new().post(server.url("/graphql")).header("accept", "text/event-stream");
    request.header("x-forwarded-for", address).json(&json!({ "query": FEATURED })).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn open_sockets_and_streams_are_limited_per_client() {
    let (_stack, server) = stack_with_streams("3").await;
    let here = "192.0.2.1";
    let (mut first, second) =
        (socket_of(&server, here).await.unwrap(), socket_of(&server, here).await.unwrap());
    let stream = stream_of(&server, here).await;
    assert_eq!(stream.status(), 200);
    // The limit counts both kinds, and is checked first.
    assert_eq!(socket_of(&server, here).await.err(), Some(429));
    let refused = stream_of(&server, here).await;
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["content-type"]),
        (429, &"application/json; charset=utf-8".parse().unwrap())
    );
    let refused: GraphqlResponse = refused.json().await.unwrap();
    assert_eq!(refused.error_code(), Some("RATE_LIMITED"));
    assert!(refused.error_message().contains("WebSockets and event streams"));
    let handshake = reqwest::Client::new().get(server.url("/graphql")).header("x-forwarded-for", here);
    let handshake = handshake.header("connection", "Upgrade").header("upgrade", "websocket");
    let handshake = handshake.header("sec-websocket-protocol", "graphql-transport-ws").send().await.unwrap();
    assert_eq!(handshake.json::<GraphqlResponse>().await.unwrap(), refused);
    // Other clients have their own limit, and simple requests do not count.
    let others = socket_of(&server, "192.0.2.2").await;
    assert!(others.is_ok());
    assert_eq!(server.client().get("{ __typename }").await["__typename"], "Query");
    let opens = async || socket_of(&server, here).await.ok();
    // A socket that disappears, and one that is closed for a protocol violation.
    drop(second);
    let kept = eventually("the dropped socket no longer counts", opens).await;
    first.say(&json!({ "type": "nothing" })).await;
    assert_eq!(first.closed().await.0, 4400);
    let _kept = (kept, eventually("the closed socket no longer counts", opens).await);
    assert_eq!(socket_of(&server, here).await.err(), Some(429));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_stream_no_longer_counts() {
    let (stack, server) = stack_with_streams("1").await;
    let stream = stream_of(&server, "192.0.2.1").await;
    assert_eq!(stream_of(&server, "192.0.2.1").await.status(), 429);
    drop(stream);
    // It is noticed at the next write, which is at least every twelve seconds.
    eventually("the stream no longer counts", async || {
        stack.set_clock(stack.now() + TimeDelta::seconds(13));
        (stream_of(&server, "192.0.2.1").await.status() == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_and_finished_streams_do_not_count() {
    let (_stack, server) = stack_with_streams("1").await;
    let here = "192.0.2.1";
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    for _ in 0..3 {
        for headers in [
            [protocol, ("origin", "https://evil.example")],
            [protocol, ("authorization", "Bearer dp_nonsense")],
            [protocol, ("sec-websocket-version", "12")],
        ] {
            let refused = Socket::open(&server, &[&headers[..], &[("x-forwarded-for", here)]].concat()).await;
            assert!(matches!(refused.err(), Some(403 | 401 | 426)), "{headers:?}");
        }
        let mut answered = Events::post(&server, None, "{ __typename }").await;
        assert_eq!(answered.response().await.data()["__typename"], "Query");
        assert_eq!(answered.next().await.unwrap(), "event: complete\ndata:");
        assert_eq!(answered.next().await, None);
    }
    assert!(socket_of(&server, here).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_limit_streams_are_unlimited() {
    let (_stack, server) = stack_with_streams("0").await;
    let mut open = Vec::new();
    for _ in 0..150 {
        open.push(socket_of(&server, "192.0.2.1").await.unwrap());
    }
    open.last_mut().unwrap().settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_documents_cost_points() {
    let stack = Stack::new().await;
    stack.set("CLIENT_POINTS_PER_SECOND", "1");
    let server = stack.serve().await;
    let remaining = |answer: &reqwest::Response| -> u64 {
        let header = answer.headers()["ratelimit"].to_str().unwrap();
        let (_, rest) = header.split_once("r=").unwrap();
        rest.split(';').next().unwrap().parse().unwrap()
    };
    let mut statuses = Vec::new();
    // A thousand points, five for each document, and few are restored meanwhile.
    for number in 0..1_000 {
        let query = ["{ nothing }", "{ a(", "{ ...F }"][number % 3];
        let answer = post(&server, None, json!({ "query": query })).await;
        if number == 0 {
            assert!(remaining(&answer) <= 995);
        }
        statuses.push(answer.status().as_u16());
        if statuses.last() == Some(&429) {
            break;
        }
    }
    assert_eq!(statuses.last(), Some(&429), "after {}", statuses.len());
    assert!(statuses.len() > 150, "after {}", statuses.len());
}
