//! Documents and values that are nested so deeply that recursion would overflow the stack.

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::nested;
use crate::support::Process;
use crate::support::alive::alive_during;
use crate::support::fixtures::stack_with_papers;
use crate::support::graphql::GraphqlResponse;
use crate::support::socket::{Events, Socket};

/// Documents with every kind of bracket, closed and unclosed.
fn documents(depth: usize) -> Vec<String> {
    vec![
        format!("{{__type(name:{}){{name}}}}", nested("[", "", "]", depth)),
        format!("{{__type(name:{}){{name}}}}", nested("[", "\"x\"", "]", depth)),
        format!("{{__type(name:{}){{name}}}}", nested("{a:", "1", "}", depth)),
        format!("{{__type(name:{}){{name}}}}", nested("[{a:", "1", "}]", depth / 2)),
        format!("query($a: {}) {{ __typename }}", nested("[", "ID", "]", depth)),
        format!("query($a: [ID] = {}) {{ __typename }}", nested("[", "", "]", depth)),
        format!("query($a: PaperFilter = {}) {{ __typename }}", nested("{a:", "1", "}", depth)),
        format!("{{ __typename @include(if: {}) }}", nested("[", "true", "]", depth)),
        nested("{a", "{a}", "}", depth),
        nested("{...", "{__typename}", "}", depth),
        format!("{{ __typename }} fragment F on Query {}", nested("{a", "{a}", "}", depth)),
        format!("{{__type(name:\"\"\" \"{}", "[".repeat(depth)),
        format!("{{__type(name:{}", "[".repeat(depth)),
        "{a".repeat(depth),
        "(".repeat(depth),
    ]
}

/// The hash by which a document is named.
fn sha256(document: &str) -> String {
    digest(&SHA256, document.as_bytes()).as_ref().iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The response to a POST.
async fn posted(server: &Process, body: String) -> GraphqlResponse {
    let request =
        reqwest::Client::new().post(server.url("/graphql")).header("content-type", "application/json");
    request.body(body).send().await.unwrap().json().await.unwrap()
}

async fn attack(server: &Process) {
    let client = reqwest::Client::new();
    let mut socket = Socket::ready(server, None).await;
    for depth in [100, 500, 1_400, 2_400, 3_600] {
        for document in documents(depth) {
            let answer = posted(server, json!({ "query": document }).to_string()).await;
            assert!(!answer.has_data(), "{document:.60}: {answer}");
            let code = answer.error_code();
            assert!(matches!(code, Some("TOO_COMPLEX" | "BAD_REQUEST")), "{document:.60}: {answer}");
            socket.subscribe("x", &document, json!({})).await;
            assert_eq!(socket.hear().await["type"], "error", "{document:.60}");
        }
    }
    // The same by URL, as a stream, and by hash.
    for document in documents(1_000) {
        let get = client.get(server.url("/graphql")).query(&[("query", &document)]).send().await.unwrap();
        assert!(get.json::<GraphqlResponse>().await.unwrap().get("data").is_none(), "{document:.60}");
        let mut events = Events::post(server, None, &document).await;
        assert!(!events.response().await.has_data(), "{document:.60}");
        let hash = sha256(&document);
        let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
        let body = json!({ "query": document, "extensions": extensions });
        assert!(!posted(server, body.to_string()).await.has_data(), "{document:.60}");
        // Refused documents are not stored.
        let named = posted(server, json!({ "extensions": extensions }).to_string()).await;
        assert_eq!(named.error_code(), Some("PERSISTED_QUERY_NOT_FOUND"), "{document:.60}");
    }
    for value in [nested("[", "", "]", 40_000), nested("{\"a\":", "1", "}", 15_000), "[".repeat(90_000)] {
        for body in [
            value.clone(),
            format!("{{\"query\":\"{{__typename}}\",\"variables\":{{\"a\":{value}}}}}"),
            format!("{{\"query\":\"{{__typename}}\",\"extensions\":{{\"a\":{value}}}}}"),
            format!("{{\"query\":{value}}}"),
        ] {
            assert!(!posted(server, body).await.has_data());
        }
        for message in [
            format!("{{\"type\":\"ping\",\"payload\":{{\"a\":{value}}}}}"),
            format!("{{\"payload\":{value},\"type\":\"connection_init\"}}"),
            format!(
                "{{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{{\"query\":\"{{__typename}}\",\"variables\":{{\"a\":{value}}}}}}}"
            ),
        ] {
            let mut socket = Socket::ready(server, None).await;
            socket.send(message.into()).await;
            assert_eq!(socket.closed().await.0, 4400);
        }
    }
    // The maximum depth of JSON, for every type of variable.
    let deep: Value = serde_json::from_str(&nested("[", "", "]", 100)).unwrap();
    for kind in ["PaperFilter", "[ID!]!", "Int", "String"] {
        let query = format!("query($a: {kind}) {{ a: papers(filter: $a) {{ totalCount }} }}");
        let body = json!({ "query": query, "variables": { "a": deep } });
        assert!(!posted(server, body.to_string()).await.has_data(), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_nesting_does_not_crash_the_service() {
    let (_stack, server) = stack_with_papers(1..4).await;
    Box::pin(alive_during(&server, attack(&server))).await;
    assert_eq!(server.client().get("{ __typename }").await, json!({ "__typename": "Query" }));
}
