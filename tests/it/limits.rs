//! What an operation costs, what a client has, and documents that are named by their hash.

use serde_json::{Value, json};

use crate::support::fixtures::import_day;
use crate::support::{Process, Stack};

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
async fn an_answer_tells_what_it_cost_and_what_is_left() {
    let (stack, server) = stack_with_papers().await;
    let query = json!({ "query": "{ papers(first: 100) { nodes { organization { name } keywords } } }" });
    let answer = post(&server, None, query.clone()).await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("ratelimit-policy"), "\"points\";q=1000;w=1000");
    assert_eq!(header("ratelimit"), "\"points\";r=798;t=0");
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["extensions"]["cost"], json!({ "requested": 202, "maximum": 1000 }));
    // Four of them, and the bucket is as good as empty.
    for _ in 0..3 {
        assert_eq!(post(&server, None, query.clone()).await.status(), 200);
    }
    let refused = post(&server, None, query.clone()).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    assert!(refused.get("data").is_none());
    // A person has a bucket of their own, twice as large.
    let token = stack.token("rita", None);
    let answer = post(&server, Some(&token), query.clone()).await;
    assert_eq!(answer.headers()["ratelimit"], "\"points\";r=1798;t=0");
    // The pages go on.
    assert_eq!(reqwest::get(server.url("/")).await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_costs_too_much_is_refused_before_it_runs() {
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
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "TOO_COMPLEX", "{query}");
    }
    // What common tools ask for is not dear.
    let ordinary = "{ feed { papers(first: 20) { nodes { title authors { name } organization { name }
        comments(first: 10) { nodes { body author { displayName } } } } } } }";
    let answer: Value = post(&server, None, json!({ "query": ordinary })).await.json().await.unwrap();
    assert!(answer["errors"].is_null() && answer["extensions"]["cost"]["requested"] == 503, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_sent_once_and_named_afterwards() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..6);
    let server = stack.serve().await;
    let query = "{ __typename }";
    let hash = "7f56e67dd21ab3f30d1ff8b7bed08893f0a0db86449836189b361dd1e56ddb4b";
    let persisted = |hash: &str| json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let ask = async |body: Value| post(&server, None, body).await.json::<Value>().await.unwrap();
    let unknown = ask(json!({ "extensions": persisted(hash) })).await;
    assert_eq!(unknown["errors"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(unknown["errors"][0]["message"], "PersistedQueryNotFound");
    let wrong = ask(json!({ "query": "{ feed { period } }", "extensions": persisted(hash) })).await;
    assert_eq!(wrong["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    let known = ask(json!({ "query": query, "extensions": persisted(hash) })).await;
    assert_eq!(known["data"], json!({ "__typename": "Query" }));
    assert_eq!(ask(json!({ "extensions": persisted(hash) })).await["data"], known["data"]);
    // By GET, as caches like it.
    let url = reqwest::Url::parse_with_params(
        &server.url("/graphql"),
        [("extensions", persisted(hash).to_string())],
    );
    let answer: Value = reqwest::get(url.unwrap()).await.unwrap().json().await.unwrap();
    assert_eq!(answer["data"], known["data"]);
    for extensions in
        [json!({ "persistedQuery": "x" }), json!({ "persistedQuery": { "version": 2, "sha256Hash": hash } })]
    {
        let answer = post(&server, None, json!({ "query": query, "extensions": extensions })).await;
        assert_eq!(answer.status(), 400);
    }
}
