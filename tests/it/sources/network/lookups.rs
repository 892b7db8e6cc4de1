//! Papers that are looked up because somebody asks for them.

use chrono::TimeDelta;
use serde_json::json;

use super::{asked, serve, stack_with_site};
use crate::support::Stack;
use crate::support::papers_site::{Fault, Paper, PapersSite};

const PAPER: &str = "query($id: String!) { paper(arxivId: $id) { title featuredOn lookedUpAt } }";

const SUBMIT: &str = "mutation($id: String!) { submitPaper(input: { arxivId: $id }) {
    paper { title featuredOn } userErrors { code field message } } }";

async fn with_lookups(per_hour: &str) -> (Stack, PapersSite) {
    let (stack, site) = stack_with_site().await;
    stack.set("ARXIV_LOOKUPS_PER_HOUR", per_hour);
    site.add((1..=9).map(Paper::numbered));
    (stack, site)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_paper_is_looked_up_and_says_so() {
    let (stack, site) = with_lookups("60").await;
    let server = serve(&stack, &site).await;
    let anyone = server.client();
    let paper = anyone.field_with(PAPER, json!({ "id": "arXiv:2601.00001v2" })).await;
    let expected = json!({ "title": "Paper 1", "featuredOn": null, "lookedUpAt": "2026-01-07T12:00:00Z" });
    assert_eq!(paper, expected);
    anyone.field_with(PAPER, json!({ "id": "2601.00001" })).await;
    assert_eq!(asked(&site, "/api/query"), 1, "it is known now");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_that_arxiv_does_not_have_is_not_asked_for_again_for_a_day() {
    let (stack, site) = with_lookups("60").await;
    let server = serve(&stack, &site).await;
    for _ in 0..3 {
        assert_eq!(server.client().field_with(PAPER, json!({ "id": "2601.99999" })).await, json!(null));
    }
    assert_eq!(asked(&site, "/api/query"), 1);
    stack.advance(TimeDelta::hours(25)).await;
    assert_eq!(server.client().field_with(PAPER, json!({ "id": "2601.99999" })).await, json!(null));
    assert_eq!(asked(&site, "/api/query"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_looks_nothing_up() {
    let (stack, site) = with_lookups("60").await;
    let server = serve(&stack, &site).await;
    let query = "query={paper(arxivId:%222601.00001%22){title}}";
    let found = reqwest::get(server.url(&format!("/graphql?{query}"))).await.unwrap().text().await.unwrap();
    assert!(found.contains("{\"paper\":null}") && !found.contains("errors"), "{found}");
    assert_eq!(asked(&site, "/api/query"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submitted_paper_is_looked_up() {
    let (stack, site) = with_lookups("60").await;
    let server = serve(&stack, &site).await;
    let reader = server.reader(&stack, "ada");
    let submitted = reader.mutate(SUBMIT, json!({ "id": "2601.00002" })).await;
    assert_eq!(submitted["paper"], json!({ "title": "Paper 2", "featuredOn": "2026-01-07" }));
    let unknown = reader.mutate(SUBMIT, json!({ "id": "2601.99999" })).await;
    assert_eq!(unknown["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(asked(&site, "/api/query"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_budget_of_an_hour_is_kept_and_half_of_it_is_for_people_who_are_signed_in() {
    let (stack, site) = with_lookups("4").await;
    let server = serve(&stack, &site).await;
    for number in 1..=4 {
        let id = format!("2601.0000{number}");
        let found = server.client().field_with(PAPER, json!({ "id": id })).await;
        assert_eq!(found.is_null(), number > 2, "{id}");
    }
    let reader = server.reader(&stack, "ada");
    for number in 5..=8 {
        let id = format!("2601.0000{number}");
        let found = reader.field_with(PAPER, json!({ "id": id })).await;
        assert_eq!(found.is_null(), number > 6, "{id}");
    }
    assert_eq!(asked(&site, "/api/query"), 4);
    stack.advance(TimeDelta::minutes(61)).await;
    assert_eq!(server.client().field_with(PAPER, json!({ "id": "2601.00003" })).await["title"], "Paper 3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_look_up_is_no_negative_answer() {
    let (stack, site) = with_lookups("60").await;
    site.fail("/api/query", Fault::TextWithStatus200("Rate exceeded."), 1);
    let server = serve(&stack, &site).await;
    assert_eq!(server.client().field_with(PAPER, json!({ "id": "2601.00001" })).await, json!(null));
    // While the host is left alone, nothing is asked.
    assert_eq!(server.client().field_with(PAPER, json!({ "id": "2601.00001" })).await, json!(null));
    assert_eq!(asked(&site, "/api/query"), 1);
    stack.advance(TimeDelta::minutes(15)).await;
    assert_eq!(server.client().field_with(PAPER, json!({ "id": "2601.00001" })).await["title"], "Paper 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_paper_is_not_looked_up() {
    let (stack, site) = with_lookups("60").await;
    let server = serve(&stack, &site).await;
    server.client().field_with(PAPER, json!({ "id": "2601.00001" })).await;
    let curator = server.curator(&stack);
    let paper = curator.paper_id("2601.00001").await;
    let hide = "mutation($id: ID!) { hidePaper(paperId: $id) { userErrors { code } } }";
    assert_eq!(curator.mutate(hide, json!({ "id": paper })).await.user_errors(), [""; 0]);
    for _ in 0..3 {
        assert_eq!(server.client().field_with(PAPER, json!({ "id": "2601.00001" })).await, json!(null));
    }
    assert_eq!(asked(&site, "/api/query"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_looked_up_by_default() {
    let (stack, site) = stack_with_site().await;
    site.add([Paper::numbered(1)]);
    let server = serve(&stack, &site).await;
    assert_eq!(server.client().field_with(PAPER, json!({ "id": "2601.00001" })).await, json!(null));
    assert_eq!(site.requests().len(), 0);
}
