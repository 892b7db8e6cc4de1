//! Live events, and the subscriptions that receive them.

use serde_json::{Value, json};

use super::paper;
use crate::support::fixtures::stack_with_papers;
use crate::support::journey::feature;
use crate::support::socket::{FEATURED, Socket};

#[tokio::test(flavor = "multi_thread")]
async fn featured_papers_reach_subscriptions_to_their_category() {
    let (stack, server) = stack_with_papers(1..4).await;
    let curator = server.curator(&stack);
    let (one, other) = (paper(&curator, "One", "cs.CL").await, paper(&curator, "Other", "cs.CV").await);
    let mut socket = Socket::ready(&server, None).await;
    let of = "subscription($c: [String!]) { paperFeatured(categories: $c) { title } }";
    socket.subscribe("all", FEATURED, json!({})).await;
    socket.subscribe("vision", of, json!({ "c": ["cs.AI", "CS.cv"] })).await;
    socket.settle().await;
    socket.subscribe("none", of, json!({ "c": ["cs.CVV"] })).await;
    let refused = socket.hear_response().await;
    let message = refused.error_message();
    assert!(message.contains("\"cs.CVV\" is not an arXiv category. Did you mean cs.CV"), "{refused}");
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "none" }));
    feature(&curator, &one, None).await;
    let next = json!({ "title": "One", "featuredOn": "2026-01-07", "categories": [{ "code": "cs.CL" }] });
    assert_eq!(
        socket.hear().await,
        json!({ "type": "next", "id": "all", "payload": { "data": { "paperFeatured": next } } })
    );
    // Idempotent.
    feature(&curator, &one, None).await;
    socket.say(&json!({ "type": "complete", "id": "all" })).await;
    socket.settle().await;
    feature(&curator, &other, None).await;
    let next = json!({ "data": { "paperFeatured": { "title": "Other" } } });
    assert_eq!(socket.hear().await, json!({ "type": "next", "id": "vision", "payload": next }));
    socket.expect_silence().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_papers_reach_subscriptions_to_them() {
    let (stack, server) = stack_with_papers(1..4).await;
    let curator = server.curator(&stack);
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
        let response = socket.hear_response().await;
        response.data()["paperChanged"].clone()
    };
    assert_eq!(next().await, json!({ "title": "Two", "featuredOn": null }));
    feature(&curator, &one, None).await;
    assert_eq!(next().await["featuredOn"], "2026-01-07");
    curator
        .ok(
            "mutation($id: ID!) { unfeaturePaper(paperId: $id) { userErrors { code } } }",
            json!({ "id": one }),
        )
        .await;
    assert_eq!(next().await["featuredOn"], Value::Null);
    // A missing paper: an error, and the end.
    socket.subscribe("none", watch, json!({ "id": "UGFwZXI6OTk5" })).await;
    let response = socket.hear_response().await;
    assert_eq!(response.error_message(), "There is no such paper.");
    assert_eq!(response.data(), &Value::Null);
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "none" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_and_comments_reach_subscriptions_to_their_paper() {
    let (stack, server) = stack_with_papers(1..4).await;
    let reader = server.reader(&stack, "rita");
    let id = |number: u32| {
        let reader = reader.clone();
        let query = format!("{{ paper(arxivId: \"2601.0000{number}\") {{ id }} }}");
        async move { reader.field(&query).await["id"].clone() }
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
    socket.expect_silence().await;
}
