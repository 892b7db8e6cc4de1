//! The HTML of comments: rendered when they are written, stored, and without delay for other requests.

use futures::future::join_all;
use serde_json::json;

use crate::support::alive::alive_during;
use crate::support::fixtures::stack_with_papers;
use crate::support::graphql::{NO_ERRORS, nodes};
use crate::support::{Client, Process, Stack};

const ADD: &str = "mutation($id: ID!, $body: String!) { addComment(input: { paperId: $id, body: $body }) {
    comment { id bodyHtml } userErrors { code field message } } }";
const COMMENTS: &str = "{ paper(arxivId: \"2601.00001\") { comments(first: 100) { nodes { bodyHtml } } } }";

async fn stack_with_paper() -> (Stack, Process, String) {
    let (stack, server) = stack_with_papers(1..2).await;
    let id = server.client().paper_id("2601.00001").await;
    (stack, server, id)
}

/// Texts of ten thousand characters that were once slow to render.
fn hostile() -> Vec<String> {
    let fill = |unit: &str| unit.repeat(10_000 / unit.len());
    let mut texts: Vec<String> =
        ["*a **a ", "[a](", "![", "`a``", "<a ", "&amp;", "a|b\n-|-\n", "[![a](b)](c)", "> a\n"]
            .into_iter()
            .map(fill)
            .collect();
    texts.push(format!("{}\n{}\n{}", "a|".repeat(1_250), "-|".repeat(1_250), "a\n".repeat(2_400)));
    texts.push(format!("[a]: {}\n\n{}", "b".repeat(5_000), "[a]".repeat(1_600)));
    texts.push((0..130).fold(String::new(), |text, step| text + &" ".repeat(step) + "- a\n"));
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_that_are_slow_to_render_do_not_block_other_requests() {
    let (stack, server, id) = stack_with_paper().await;
    let readers: Vec<Client> =
        (0..3).map(|number| server.reader(&stack, &format!("reader-{number}"))).collect();
    // Nested too deeply: refused before parsing.
    for body in [">".repeat(10_000), "- ".repeat(5_000), "1. ".repeat(3_333), "> - ".repeat(2_500)] {
        let refused = readers[0].mutate(ADD, json!({ "id": id, "body": body })).await;
        assert_eq!(refused.user_errors(), ["INVALID input.body"]);
        assert!(refused.error_message().contains("30 levels deep"));
    }
    let texts = hostile();
    let work = async {
        let writing = readers.iter().flat_map(|reader| texts.iter().map(move |body| (reader, body)));
        join_all(writing.map(async |(reader, body)| {
            let done = reader.mutate(ADD, json!({ "id": id, "body": body })).await;
            assert_eq!(done.user_errors(), NO_ERRORS);
        }))
        .await;
        join_all(readers.iter().map(|reader| reader.get(COMMENTS))).await;
    };
    alive_during(&server, work).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn comment_html_is_stored_until_the_comment_is_deleted() {
    let (stack, server, id) = stack_with_paper().await;
    let reader = server.reader(&stack, "rita");
    let made = reader.mutate(ADD, json!({ "id": id, "body": "*One*" })).await;
    let html = "<p dir=\"auto\"><em>One</em></p>\n";
    assert_eq!(made["comment"]["bodyHtml"], html);
    let kept = async || stack.rows("SELECT body_html FROM comment").await;
    assert_eq!(kept().await, [html]);
    let change = "mutation($id: ID!) { updateComment(id: $id, body: \"**Two**\") { comment { bodyHtml } } }";
    let changed = reader.mutate(change, json!({ "id": made.id("comment") })).await;
    assert_eq!(changed["comment"]["bodyHtml"], "<p dir=\"auto\"><strong>Two</strong></p>\n");
    assert_eq!(kept().await, ["<p dir=\"auto\"><strong>Two</strong></p>\n"]);
    let shown = async || {
        let comments = server.client().field(COMMENTS).await["comments"].clone();
        nodes(&comments)[0]["bodyHtml"].clone()
    };
    assert_eq!(shown().await, "<p dir=\"auto\"><strong>Two</strong></p>\n");
    // What is answered keeps its place when it is deleted.
    let reply = "mutation($paper: ID!, $id: ID!) { addComment(input: { paperId: $paper, parentId: $id, body: \"Yes\" }) {
        comment { id } userErrors { code field message } } }";
    reader.mutate(reply, json!({ "paper": id, "id": made.id("comment") })).await;
    let delete = "mutation($id: ID!) { deleteComment(id: $id) { comment { bodyHtml } } }";
    let deleted = reader.mutate(delete, json!({ "id": made.id("comment") })).await;
    assert!(deleted["comment"]["bodyHtml"].is_null(), "{:?}", deleted["comment"]);
    assert_eq!(stack.rows("SELECT body_html FROM comment WHERE deleted_at IS NOT NULL").await, [""]);
    assert!(shown().await.is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn bidirectional_controls_in_comments_do_not_affect_other_text() {
    let (stack, server, id) = stack_with_paper().await;
    let reader = server.reader(&stack, "rita");
    let add = ADD.replace("id bodyHtml", "body bodyHtml");
    let body = "שלום\u{202e} 1\n\nAda\u{2066} &#x202e;2\u{200f}";
    let made = reader.mutate(&add, json!({ "id": id, "body": body })).await["comment"].clone();
    assert_eq!(made["body"], "שלום 1\n\nAda &#x202e;2\u{200f}");
    assert_eq!(made["bodyHtml"], "<p dir=\"auto\">שלום 1</p>\n<p dir=\"auto\">Ada 2\u{200f}</p>\n");
}
