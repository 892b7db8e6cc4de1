//! The cache of documents: a cached document gives the same response as a new one, for any variables.
//!
//! The service caches valid documents, and neither parses nor validates them again. A comment makes any document a new
//! one; so each query is executed both ways, and the responses are compared.

use serde_json::{Value, json};

use crate::support::Client;
use crate::support::fixtures::stack_with_papers;
use crate::support::graphql::GraphqlResponse;

/// Documents, variables with which each is valid, and other variables.
fn cases(paper_id: &str) -> Vec<(&'static str, Value, Vec<Value>)> {
    vec![
        (
            "query($n: Int, $after: String) { papers(first: $n, after: $after) { nodes { title } pageInfo { endCursor } } }",
            json!({ "n": 2 }),
            vec![
                json!({}),
                json!({ "n": null }),
                json!({ "n": 3, "after": null }),
                json!({ "n": 3, "after": "nonsense" }),
                json!({ "n": "3" }),
                json!({ "n": 1.5 }),
                json!({ "n": 101 }),
                json!({ "n": -1, "other": true }),
                json!({ "n": [2] }),
                json!({ "n": { "first": 2 } }),
                json!({ "n": 9_999_999_999_u64 }),
            ],
        ),
        (
            "query($period: FeedPeriod!) { feed(period: $period) { period papers(first: 3) { nodes { title authors { name } } } } }",
            json!({ "period": "2026-01-06" }),
            vec![
                json!({}),
                json!({ "period": null }),
                json!({ "period": "2026-W02" }),
                json!({ "period": "yesterday" }),
                json!({ "period": 2026 }),
                json!({ "period": "2026-01-06\u{0}" }),
            ],
        ),
        (
            "query($order: PaperOrder! = NEWEST, $min: Int) { papers(first: 2, orderBy: $order, filter: { minUpvotes: $min }) { nodes { title } } }",
            json!({ "order": "UPVOTES", "min": 1 }),
            vec![
                json!({}),
                json!({ "order": "NONE" }),
                json!({ "order": null, "min": 0 }),
                json!({ "order": "NEWEST", "min": "1" }),
                json!({ "min": null }),
            ],
        ),
        (
            "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Paper { title } } }",
            json!({ "ids": [paper_id] }),
            vec![
                json!({ "ids": paper_id }),
                json!({ "ids": [] }),
                json!({ "ids": [paper_id, null] }),
                json!({ "ids": [paper_id, 7, "x"] }),
                json!({ "ids": [[paper_id]] }),
            ],
        ),
        (
            "query($id: ID!, $n: Int) { node(id: $id) { ... on Paper { comments(first: $n) { nodes { id } } } } }",
            json!({ "id": paper_id, "n": 1 }),
            // Errors are reported even if the field is not reached.
            vec![
                json!({ "id": "nobody", "n": "x" }),
                json!({ "id": "nobody", "n": 1 }),
                json!({ "id": 5, "n": 1 }),
            ],
        ),
        (
            "query($filter: PaperFilter, $order: PaperOrder!) { papers(first: 2, filter: $filter, orderBy: $order) { nodes { title } } }",
            json!({ "filter": { "minUpvotes": 1 }, "order": "NEWEST" }),
            vec![
                json!({ "filter": { "minUpvote": 1 }, "order": "NEWEST" }),
                json!({ "filter": { "categories": "cs.CL" }, "order": "NEWEST" }),
                json!({ "filter": [], "order": "NEWEST" }),
                json!({ "order": "NEWEST" }),
            ],
        ),
        (
            "query($yes: Boolean!) { feed(period: \"2026-01-06\") { period @include(if: $yes) startsOn endsOn @skip(if: $yes) } }",
            json!({ "yes": true }),
            vec![json!({ "yes": false }), json!({}), json!({ "yes": "no" })],
        ),
    ]
}

async fn asked(client: &Client, document: &str, variables: &Value) -> GraphqlResponse {
    let mut answer = (*client.execute(document, variables.clone()).await).clone();
    // Locations are left out, because the comment may move them.
    for error in answer.get_mut("errors").and_then(Value::as_array_mut).into_iter().flatten() {
        error.as_object_mut().unwrap().remove("locations");
    }
    answer.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cached_document_gives_the_same_response_as_a_new_one() {
    let (_stack, server) = stack_with_papers(1..6).await;
    let client = server.client();
    let paper = client.field("{ papers(first: 1) { nodes { id } } }").await["nodes"][0].clone();
    let mut asked_anew = 0;
    for (document, valid, others) in cases(paper["id"].as_str().unwrap()) {
        // The second time it is cached.
        for _ in 0..2 {
            let answer = asked(&client, document, &valid).await;
            assert!(!answer.has_errors(), "{document}: {answer:#}");
        }
        for variables in others {
            asked_anew += 1;
            let fresh = asked(&client, &format!("{document} # {asked_anew}"), &variables).await;
            for time in 1..=2 {
                let known = asked(&client, document, &variables).await;
                assert_eq!(known, fresh, "{document} with {variables}, time {time}");
            }
        }
        let again = asked(&client, document, &valid).await;
        assert!(!again.has_errors(), "{document}: {again:#}");
    }
}
