//! Papers that a curator hides.

use serde_json::{Value, json};

use super::{ADD, UNVOTE, VOTE};
use crate::support::Client;
use crate::support::fixtures::{import_day, stack_with_papers};
use crate::support::journey::{create_paper, subscribe};

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_paper_is_shown_to_curators_only() {
    let (stack, server) = stack_with_papers(1..6).await;
    let client = server.client();
    let curator = server.curator(&stack);
    let reader = server.reader(&stack, "rita");
    let id = client.paper_id("2601.00002").await;
    let comment = json!({ "input": { "paperId": id, "body": "Seen." } });
    let comment = reader.mutate(ADD, comment).await.id("comment");
    reader.ok(VOTE, json!({ "id": id })).await;
    let hide = "mutation($id: ID!) { hidePaper(paperId: $id) { paper { hiddenAt featuredOn } userErrors { code } } }";
    let restore = "mutation($id: ID!) { restorePaper(paperId: $id) { paper { hiddenAt featuredOn } userErrors { code } } }";
    assert_eq!(reader.code(hide, json!({ "id": id })).await, "FORBIDDEN");
    for _ in 0..2 {
        let hidden = curator.mutate(hide, json!({ "id": id })).await["paper"].clone();
        assert!(hidden["hiddenAt"].is_string() && hidden["featuredOn"].is_null(), "{hidden}");
    }
    let seen = async |client: &Client| {
        let query = "query($id: ID!, $comment: ID!) {
            node(id: $id) { id } about: node(id: $comment) { id } paper(arxivId: \"2601.00002\") { id }
            papers { totalCount } feed { papers { totalCount nodes { arxivId } } }
            trending { totalCount } edition(cadence: DAILY, period: \"2026-01-06\") { papers { totalCount } }
            organization(slug: \"nobody\") { id } }";
        let answer = client.ok(query, json!({ "id": id, "comment": comment })).await;
        let count = |list: &Value| list["totalCount"].as_i64().unwrap();
        let numbers = [
            count(&answer["papers"]),
            count(&answer["feed"]["papers"]),
            count(&answer["trending"]),
            count(&answer["edition"]["papers"]),
        ];
        let found = ["node", "about", "paper"].map(|name| !answer[name].is_null());
        (numbers, found)
    };
    for client in [&client, &reader] {
        assert_eq!(seen(client).await, ([4, 4, 4, 4], [false; 3]));
    }
    assert_eq!(seen(&curator).await, ([4, 4, 4, 4], [true; 3]));
    assert_eq!(reqwest::get(server.url("/papers/2601.00002")).await.unwrap().status(), 404);
    for mutation in [VOTE, UNVOTE] {
        let payload = reader.mutate(mutation, json!({ "id": id })).await;
        assert_eq!(payload.user_errors(), ["NOT_FOUND paperId"]);
    }
    // Its comments do not lead to it, and cannot be changed.
    let edit = "mutation($id: ID!) { updateComment(id: $id, body: \"x\") { comment { paper { title } } userErrors { code } } }";
    let edited = reader.mutate(edit, json!({ "id": comment })).await;
    assert_eq!(edited.user_errors(), ["NOT_FOUND"]);
    // It is in no digest, and no import brings it back.
    import_day(&stack, "2026-01-06", 1..6);
    subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    let papers = stack.smtp.nth_to("ada@example.org", 2).await.papers();
    assert!(papers.len() == 4 && !papers.contains(&"Paper 2".to_owned()), "{papers:?}");
    let back = curator.mutate(restore, json!({ "id": id })).await["paper"].clone();
    assert_eq!(back, json!({ "hiddenAt": null, "featuredOn": "2026-01-06" }));
    assert_eq!(seen(&reader).await, ([5, 5, 5, 5], [true; 3]));
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_papers_are_in_no_edition_subject_and_no_feed() {
    let (stack, server) = stack_with_papers(1..6).await;
    let curator = server.curator(&stack);
    let subject = "{ edition(cadence: DAILY, period: \"2026-01-06\") { subject } }";
    let edition = async || curator.field(subject).await["subject"].as_str().unwrap_or_default().to_owned();
    crate::support::eventually("the edition is published", || async {
        (!edition().await.is_empty()).then_some(())
    })
    .await;
    assert!(edition().await.starts_with("Paper 1 ("));
    let first = curator.paper_id("2601.00001").await;
    let score = "{ paper(arxivId: \"2601.00001\") { trending { score since } } }";
    let before = curator.get(score).await;
    let hide = "mutation($id: ID!) { hidePaper(paperId: $id) { userErrors { code } } }";
    let restore = "mutation($id: ID!) { restorePaper(paperId: $id) { userErrors { code } } }";
    curator.ok(hide, json!({ "id": first })).await;
    assert!(edition().await.starts_with("Paper 2 ("), "{}", edition().await);
    curator.ok(restore, json!({ "id": first })).await;
    assert!(edition().await.starts_with("Paper 1 ("));
    assert_eq!(curator.get(score).await, before);
    // A paper that was hidden before a source featured it is not featured either.
    let input =
        json!({ "title": "Paper 50", "abstract": "A", "publishedOn": "2026-01-05", "arxivId": "2601.00050" });
    let made = create_paper(&curator, input).await;
    curator.ok(hide, json!({ "id": made })).await;
    import_day(&stack, "2026-01-07", 50..51);
    assert_eq!(server.client().field("{ feed { period } }").await["period"], "2026-01-06");
}
