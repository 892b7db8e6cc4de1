//! Request ids and spans, in the log and at an OpenTelemetry collector.

use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::TcpListener;

use crate::support::journey::ask;
use crate::support::socket::Socket;
use crate::support::{Process, Stack, eventually};

/// A collector that stores the spans that it receives.
#[derive(Clone)]
struct Collector {
    address: std::net::SocketAddr,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let collector = Self { address: listener.local_addr().unwrap(), spans: Arc::default() };
        let spans = collector.spans.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let spans = spans.clone();
                tokio::spawn(async move {
                    let mut stream = BufStream::new(socket);
                    while let Some(body) = read_request(&mut stream).await {
                        let request = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
                        let sent = request.resource_spans.into_iter().flat_map(|resource| {
                            assert!(format!("{:?}", resource.resource).contains("daily-papers"));
                            resource.scope_spans.into_iter().flat_map(|scope| scope.spans)
                        });
                        spans.lock().unwrap().extend(sent);
                        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                        stream.write_all(answer).await.unwrap();
                        stream.flush().await.unwrap();
                    }
                });
            }
        });
        collector
    }

    /// Waits for a span of this name with this attribute.
    async fn span(&self, name: &str, key: &str, value: &str) -> Span {
        eventually(&format!("the span {name} with {key} {value}"), || async {
            let spans = self.spans.lock().unwrap();
            spans.iter().find(|span| span.name == name && attribute(span, key) == value).cloned()
        })
        .await
    }
}

/// The body of the next request to /v1/traces; `None` at the end of the connection.
async fn read_request(stream: &mut BufStream<tokio::net::TcpStream>) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("post /v1/traces http/1.1"), "{head}");
    assert!(head.contains("content-type: application/x-protobuf"), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    Some(body)
}

/// An attribute of a span as text; empty if it has none.
fn attribute(span: &Span, key: &str) -> String {
    let pair = span.attributes.iter().find(|pair| pair.key == key);
    match pair.and_then(|pair| pair.value.clone()?.value) {
        Some(AnyValue::StringValue(text)) => text,
        Some(AnyValue::IntValue(number)) => number.to_string(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

async fn stack_with_collector() -> (Stack, Process, Collector) {
    let (stack, collector) = (Stack::new().await, Collector::start().await);
    stack.set("OTLP_ENDPOINT", &format!("http://{}", collector.address));
    let server = stack.serve().await;
    (stack, server, collector)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_has_the_id_of_its_request() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let client = reqwest::Client::new();
    let id_of = |response: reqwest::Response| response.headers()["x-request-id"].to_str().unwrap().to_owned();
    for path in ["/", "/no/such/page", "/graphql", "/health/live", "/date/2026-01-06?a=1&a=2"] {
        let ask = || client.get(server.url(path));
        let brought = ask().header("X-Request-Id", "01J9-abc_DEF.7").send().await.unwrap();
        assert_eq!(id_of(brought), "01J9-abc_DEF.7", "{path}");
        let (one, other) = (id_of(ask().send().await.unwrap()), id_of(ask().send().await.unwrap()));
        assert!(one.len() >= 16 && one != other, "{path}: {one} {other}");
    }
    let longest = "a".repeat(128);
    let ask = |id: &str| client.get(server.url("/")).header("X-Request-Id", id.to_owned()).send();
    assert_eq!(id_of(ask(&longest).await.unwrap()), longest);
    for strange in [&"a".repeat(129), "two words", "<script>", "\"", "a,b"] {
        let id = id_of(ask(strange).await.unwrap());
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()) && id.len() < 64, "{strange}: {id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_lines_name_their_job_and_delivery() {
    for format in ["text", "json"] {
        let stack = Stack::new().await;
        stack.set("LOG_FORMAT", format);
        let server = stack.serve().await;
        ask(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
        let line = eventually("the line is logged", || async {
            let log = server.log();
            log.lines().find(|line| line.contains("a***@example.org")).map(ToOwned::to_owned)
        })
        .await;
        if format == "json" {
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            let spans = line["spans"].as_array().unwrap();
            let names: Vec<&str> = spans.iter().map(|span| span["name"].as_str().unwrap()).collect();
            assert_eq!(names, ["job", "drain", "delivery"], "{line:#}");
            assert_eq!(spans[0]["job.name"], "send-transactional");
            assert_eq!((&spans[2]["delivery.id"], &spans[2]["delivery.attempt"]), (&json!(1), &json!(1)));
        } else {
            for part in
                ["sent ", "job.name=\"send-transactional\"", "delivery.id=1", "delivery.kind=Confirmation"]
            {
                assert!(line.contains(part), "{part} is missing in {line}");
            }
        }
        // Opening and closing a span logs nothing: this is the only line of the delivery.
        assert_eq!(lines_with(&server, "delivery.id"), 1, "{}", server.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_span_continues_the_trace_of_its_client() {
    let (stack, server, collector) = stack_with_collector().await;
    let token = stack.token("ada", None);
    let response = reqwest::Client::new()
        .get(server.url("/date/2026-01-06?secret=1"))
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .header("X-Request-Id", "traced-1")
        .send()
        .await
        .unwrap();
    let span = collector.span("GET /date/{day}", "request.id", "traced-1").await;
    let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    assert_eq!(hex(&span.trace_id), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(hex(&span.parent_span_id), "b7ad6b7169203331");
    assert_eq!(attribute(&span, "http.response.status_code"), response.status().as_u16().to_string());
    assert_eq!(span.kind, 2, "SPAN_KIND_SERVER");
    // A request without a trace starts one; the user is recorded by id.
    server.client_with(&token).get("query Mine { viewer { handle } }").await;
    let user = stack.count("SELECT MAX(id) FROM \"user\"").await.to_string();
    let span = collector.span("POST /graphql", "viewer.id", &user).await;
    assert!(span.parent_span_id.is_empty() && !span.trace_id.is_empty());
    assert_eq!(attribute(&span, "graphql.operation.name"), "Mine");
    assert_eq!(attribute(&span, "graphql.operation.cost"), "1");
    let all = format!("{:?}", collector.spans.lock().unwrap());
    assert!(!all.contains("secret"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_on_a_websocket_is_in_the_trace_of_its_request() {
    let (_stack, server, collector) = stack_with_collector().await;
    let mut socket = Socket::ready(&server, None).await;
    socket.subscribe("1", "query Latest { feed { period } }", json!({})).await;
    let operation = collector.span("operation", "graphql.operation.name", "Latest").await;
    drop(socket);
    let request = collector.span("GET /graphql", "http.response.status_code", "101").await;
    assert_eq!((&operation.trace_id, &operation.parent_span_id), (&request.trace_id, &request.span_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_span_is_below_its_drain_and_job() {
    let (stack, server, collector) = stack_with_collector().await;
    ask(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    let delivery = collector.span("delivery", "delivery.id", "1").await;
    for (key, value) in [
        ("delivery.attempt", "1"),
        ("delivery.kind", "Confirmation"),
        ("delivery.status", "sent"),
        ("smtp.reply.code", "250"),
    ] {
        assert_eq!(attribute(&delivery, key), value, "{key} of {delivery:?}");
    }
    let parent = |span: &Span| {
        let id = span.parent_span_id.clone();
        let collector = collector.clone();
        async move {
            eventually("the parent span has arrived", || async {
                let spans = collector.spans.lock().unwrap();
                spans.iter().find(|span| span.span_id == id).cloned()
            })
            .await
        }
    };
    let drain = parent(&delivery).await;
    assert_eq!((drain.name.as_str(), attribute(&drain, "lane").as_str()), ("drain", "Transactional"));
    let job = parent(&drain).await;
    assert_eq!((job.name.as_str(), attribute(&job, "job.name").as_str()), ("job", "send-transactional"));
    assert_eq!((&job.trace_id, attribute(&job, "job.outcome").as_str()), (&delivery.trace_id, "done"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_spans_are_exported_when_the_process_stops() {
    let (_stack, server, collector) = stack_with_collector().await;
    let client = reqwest::Client::new();
    client.get(server.url("/")).header("X-Request-Id", "last-1").send().await.unwrap();
    assert!(server.stop().success());
    let spans = collector.spans.lock().unwrap();
    assert!(spans.iter().any(|span| attribute(span, "request.id") == "last-1"), "{spans:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_collector_blocks_nothing() {
    let stack = Stack::new().await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    stack.set("OTLP_ENDPOINT", &format!("http://{nobody}"));
    let server = stack.serve().await;
    ask(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    eventually("the line is logged", || async { server.log().contains("spans are lost").then_some(()) })
        .await;
    assert!(server.stop().success());
    assert_eq!(lines_with(&server, "spans are lost"), 1);
}

fn lines_with(server: &Process, text: &str) -> usize {
    server.log().lines().filter(|line| line.contains(text)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_otlp_endpoint_prevents_the_start() {
    let stack = Stack::new().await;
    for wrong in ["collector:4318", "grpc://collector:4317", "nowhere"] {
        stack.set("OTLP_ENDPOINT", wrong);
        let output = stack.run(&["serve"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("otlp_endpoint") && said.contains(wrong), "{said}");
    }
}
