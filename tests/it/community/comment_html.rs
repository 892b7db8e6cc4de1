//! The HTML of comments: rendered when they are written, stored, and without delay for other requests.

use futures::future::join_all;
use serde_json::json;

use crate::support::alive::alive_during;
use crate::support::fixtures::stack_with_papers;
use crate::support::graphql::{NO_ERRORS, nodes};
use crate::support::{Client, Process, Stack, eventually};

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
async fn comment_html_is_stored_and_added_to_older_comments() {
    let (stack, server, id) = stack_with_paper().await;
    let reader = server.reader(&stack, "rita");
    let made = reader.mutate(ADD, json!({ "id": id, "body": "*One*" })).await;
    let html = "<p dir=\"auto\"><em>One</em></p>\n";
    assert_eq!(made["comment"]["bodyHtml"], html);
    let kept = async || stack.rows("SELECT COALESCE(body_html, 'none') FROM comment").await;
    assert_eq!(kept().await, [html]);
    let change = "mutation($id: ID!) { updateComment(id: $id, body: \"**Two**\") { comment { bodyHtml } } }";
    let changed = reader.mutate(change, json!({ "id": made.id("comment") })).await;
    assert_eq!(changed["comment"]["bodyHtml"], "<p dir=\"auto\"><strong>Two</strong></p>\n");
    // A comment from before HTML was stored is still shown, and gets its HTML.
    let forget = "UPDATE comment SET body_html = NULL RETURNING body";
    assert_eq!(stack.rows(forget).await, ["**Two**"]);
    let shown = server.client().field(COMMENTS).await["comments"].clone();
    assert_eq!(nodes(&shown)[0]["bodyHtml"], "<p dir=\"auto\"><strong>Two</strong></p>\n");
    stack.advance(chrono::TimeDelta::minutes(2)).await;
    eventually("it has HTML of its own", async || {
        (kept().await == ["<p dir=\"auto\"><strong>Two</strong></p>\n"]).then_some(())
    })
    .await;
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
