//! Comments and their threads.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::ADD;
use crate::support::Client;
use crate::support::fixtures::stack_with_papers;
use crate::support::graphql::{NO_ERRORS, nodes};

const THREAD: &str = "query($id: String!) { paper(arxivId: $id) { commentCount comments(first: 30) {
    totalCount nodes { id body author { handle } parent { id } replies { nodes { body } } editedAt } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn comments_form_threads() {
    let (stack, server) = stack_with_papers(1..6).await;
    let (ada, eve) = (server.reader(&stack, "ada"), server.reader(&stack, "eve"));
    let paper = ada.paper_id("2601.00003").await;
    let add = async |who: &Client, input: Value| who.mutate(ADD, json!({ "input": input })).await;
    let text = "**Bold** <script>alert(1)</script> [x](javascript:alert(1))";
    let first = add(&ada, json!({ "paperId": paper, "body": text, "idempotencyKey": "k" })).await;
    let html = first["comment"]["bodyHtml"].as_str().unwrap();
    assert!(
        html.contains("<strong>Bold</strong>") && !html.contains("<script") && !html.contains("javascript"),
        "{html}"
    );
    // A repeated request gets the response to the first.
    let repeated = add(&ada, json!({ "paperId": paper, "body": text, "idempotencyKey": "k" })).await;
    assert_eq!(repeated.id("comment"), first.id("comment"));
    let parent = first.id("comment");
    let reply = add(&eve, json!({ "paperId": paper, "body": "Indeed.", "parentId": parent })).await;
    assert_eq!(reply["comment"]["parent"]["id"], parent);
    let other = ada.paper_id("2601.00004").await;
    let elsewhere = add(&eve, json!({ "paperId": other, "body": "x", "parentId": parent })).await;
    assert_eq!(elsewhere.user_errors(), ["NOT_FOUND input.parentId"]);
    assert_eq!(
        add(&eve, json!({ "paperId": paper, "body": " \n " })).await.user_errors(),
        ["REQUIRED input.body"]
    );
    let long = json!({ "paperId": paper, "body": "x".repeat(10_001) });
    assert_eq!(add(&eve, long).await.user_errors(), ["TOO_LONG input.body"]);

    let thread = async || server.client().field_with(THREAD, json!({ "id": "2601.00003" })).await;
    let paper_now = thread().await;
    assert_eq!((&paper_now["commentCount"], &paper_now["comments"]["totalCount"]), (&json!(2), &json!(2)));
    assert_eq!(nodes(&nodes(&paper_now["comments"])[0]["replies"]), [json!({ "body": "Indeed." })]);

    let edit = "mutation($id: ID!, $body: String!) { updateComment(id: $id, body: $body) {
        comment { body editedAt } userErrors { code field } } }";
    let changed = ada.mutate(edit, json!({ "id": parent, "body": "Changed." })).await;
    assert!(changed["comment"]["editedAt"].is_string());
    let stolen = eve.mutate(edit, json!({ "id": parent, "body": "Mine." })).await;
    assert_eq!(stolen.user_errors(), ["NOT_FOUND id"]);
    let delete = "mutation($id: ID!) { deleteComment(id: $id) { comment { body author { handle } } userErrors { code } } }";
    assert_eq!(eve.mutate(delete, json!({ "id": parent })).await.user_errors(), ["NOT_FOUND"]);
    let deleted = ada.mutate(delete, json!({ "id": parent })).await;
    assert_eq!(deleted["comment"], json!({ "body": null, "author": null }));
    assert_eq!(ada.mutate(delete, json!({ "id": parent })).await.user_errors(), ["NOT_FOUND"]);
    // It stays as a place for its reply; its text is gone.
    let paper_now = thread().await;
    assert_eq!((&paper_now["commentCount"], &paper_now["comments"]["totalCount"]), (&json!(1), &json!(1)));
    assert_eq!(nodes(&paper_now["comments"])[0]["body"], Value::Null);
    assert_eq!(stack.rows("SELECT body FROM comment ORDER BY id").await, ["", "Indeed."]);
    // Without the reply it is gone as well.
    eve.ok(delete, json!({ "id": reply.id("comment") })).await;
    let curator = server.curator(&stack);
    let shown = add(&ada, json!({ "paperId": paper, "body": "Again." })).await.id("comment");
    let hide = "mutation($id: ID!) { hideComment(id: $id) { comment { body } userErrors { code } } }";
    let restore = "mutation($id: ID!) { restoreComment(id: $id) { comment { body } userErrors { code } } }";
    for _ in 0..2 {
        assert!(curator.mutate(hide, json!({ "id": shown })).await["comment"]["body"].is_null());
    }
    assert_eq!(thread().await["commentCount"], 0);
    for _ in 0..2 {
        let back = curator.mutate(restore, json!({ "id": shown })).await;
        assert_eq!(back["comment"]["body"], "Again.");
    }
    assert_eq!(thread().await["commentCount"], 1);
    assert_eq!(ada.code(hide, json!({ "id": shown })).await, "FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_are_limited_per_hour() {
    let (stack, server) = stack_with_papers(1..6).await;
    let ada = server.reader(&stack, "ada");
    let paper = ada.paper_id("2601.00001").await;
    for number in 0..60 {
        let body = format!("Comment {number}");
        let answer = ada.mutate(ADD, json!({ "input": { "paperId": paper, "body": body } })).await;
        assert_eq!(answer.user_errors(), NO_ERRORS);
    }
    let input = json!({ "input": { "paperId": paper, "body": "One more." } });
    assert_eq!(ada.mutate(ADD, input.clone()).await.user_errors(), ["LIMIT_REACHED"]);
    stack.advance(TimeDelta::hours(1)).await;
    assert_eq!(ada.mutate(ADD, input).await.user_errors(), NO_ERRORS);
}
