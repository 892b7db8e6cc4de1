//! One paper from many sources: how statements find the paper they are about, and which of them counts for a field.

use serde_json::{Value, json};

use super::counts;
use crate::support::fixtures::{import_items, item};
use crate::support::graphql::nodes;
use crate::support::journey::create_paper;
use crate::support::{Client, Stack};

fn snapshot(stack: &Stack, name: &str, lines: &[Value]) -> String {
    let path = stack.path(name);
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(&path, text.join("\n")).unwrap();
    stack.done(&["import", "arxiv-snapshot", path.to_str().unwrap()])
}

/// arXiv on paper 1 of the fixtures.
fn arxiv_line(version: u32, title: &str) -> Value {
    let versions: Vec<Value> = (1..=version)
        .map(|version| json!({ "version": format!("v{version}"), "created": format!("Mon, {} Jan 2026 08:00:00 GMT", 1 + version) }))
        .collect();
    json!({ "id": "2601.00001", "title": title, "abstract": format!("arXiv on version {version}."), "categories": "cs.CL",
        "authors": "Ada Lovelace", "authors_parsed": [["Lovelace", "Ada", ""]], "versions": versions, "doi": "10.1000/one" })
}

const PAPER: &str = "{ papers(first: 10) { nodes { id title abstract summary authors { name } categories { code } keywords
    { } publishedOn updatedOn doi repositoryUrl curatedFields versions { number } withdrawnOn featuredOn } } }";

async fn only_paper(client: &Client) -> Value {
    let query = PAPER.replace("keywords\n    { }", "keywords");
    let found = client.field(&query).await;
    let papers = nodes(&found);
    assert_eq!(papers.len(), 1, "{papers:?}");
    papers[0].clone()
}

/// Hugging Face's item with what only it knows.
fn hf_item() -> Value {
    let mut item = item(1, 5);
    item["paper"]["githubRepo"] = json!("https://github.com/ada/engine");
    item["paper"]["ai_summary"] = json!("A summary.");
    item
}

#[tokio::test(flavor = "multi_thread")]
async fn each_source_is_believed_for_what_it_knows_best_in_any_order() {
    let mut results = Vec::new();
    for order in [["hf", "arxiv"], ["arxiv", "hf"]] {
        let stack = Stack::new().await;
        stack.done(&["migrate"]);
        for source in order {
            match source {
                "hf" => import_items(&stack, "2026-01-06", &[hf_item()]),
                _ => snapshot(&stack, "snapshot.jsonl", &[arxiv_line(2, "As arXiv has it")]),
            };
        }
        let server = stack.serve().await;
        let mut paper = only_paper(&server.client()).await;
        paper["id"] = Value::Null;
        results.push(paper);
        // A second time nothing changes.
        let again = import_items(&stack, "2026-01-06", &[hf_item()]);
        assert_eq!(counts(&again), "read 1, created 0, updated 0, unchanged 1, rejected 0");
        let again = snapshot(&stack, "snapshot.jsonl", &[arxiv_line(2, "As arXiv has it")]);
        assert_eq!(counts(&again), "read 1, created 0, updated 0, unchanged 1, rejected 0");
    }
    assert_eq!(results[0], results[1]);
    let paper = &results[0];
    assert_eq!(
        (&paper["title"], &paper["abstract"]),
        (&json!("As arXiv has it"), &json!("arXiv on version 2."))
    );
    assert_eq!(
        (&paper["summary"], &paper["repositoryUrl"]),
        (&json!("A summary."), &json!("https://github.com/ada/engine"))
    );
    assert_eq!(
        (&paper["authors"], &paper["doi"]),
        (&json!([{ "name": "Ada Lovelace" }]), &json!("10.1000/one"))
    );
    assert_eq!((&paper["publishedOn"], &paper["featuredOn"]), (&json!("2026-01-02"), &json!("2026-01-06")));
    assert_eq!(paper["versions"], json!([{ "number": 1 }, { "number": 2 }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_curator_set_or_cleared_no_source_changes() {
    let stack = Stack::new().await;
    import_items(&stack, "2026-01-06", &[hf_item()]);
    let server = stack.serve().await;
    let curator = server.curator(&stack);
    let id = only_paper(&curator).await["id"].as_str().unwrap().to_owned();
    let update = "mutation($id: ID!, $input: PaperInput!) { updatePaper(paperId: $id, input: $input) {
        userErrors { code field message } } }";
    let input = json!({ "title": "As the curator has it", "repositoryUrl": "" });
    let payload = curator.mutate(update, json!({ "id": id, "input": input })).await;
    assert!(payload.user_errors().is_empty(), "{payload}");
    snapshot(&stack, "snapshot.jsonl", &[arxiv_line(1, "As arXiv has it")]);
    let mut later = hf_item();
    later["paper"]["githubRepo"] = json!("https://github.com/ada/other");
    later["paper"]["ai_summary"] = json!("A later summary.");
    later["title"] = json!("As Hugging Face has it");
    import_items(&stack, "2026-01-07", &[later]);
    let paper = only_paper(&curator).await;
    assert_eq!((&paper["title"], &paper["repositoryUrl"]), (&json!("As the curator has it"), &Value::Null));
    assert_eq!(paper["curatedFields"], json!(["repositoryUrl", "title"]));
    // What the curator left alone follows the sources.
    assert_eq!(
        (&paper["abstract"], &paper["summary"]),
        (&json!("arXiv on version 1."), &json!("A later summary."))
    );
    // The curator may change it again.
    let payload = curator.mutate(update, json!({ "id": id, "input": { "title": "Once more" } })).await;
    assert!(payload.user_errors().is_empty(), "{payload}");
    assert_eq!(only_paper(&curator).await["title"], "Once more");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_source_the_later_version_counts_whatever_comes_first() {
    for order in [[1, 2, 3], [3, 1, 2], [2, 3, 1]] {
        let stack = Stack::new().await;
        stack.done(&["migrate"]);
        for version in order {
            let mut line = arxiv_line(version, &format!("Version {version}"));
            if version == 2 {
                line["comments"] = json!("Withdrawn by the authors");
            }
            snapshot(&stack, &format!("{version}.jsonl"), &[line]);
        }
        let server = stack.serve().await;
        let paper = only_paper(&server.client()).await;
        assert_eq!(
            (&paper["title"], &paper["withdrawnOn"]),
            (&json!("Version 3"), &Value::Null),
            "{order:?}"
        );
        assert_eq!(paper["versions"].as_array().unwrap().len(), 3, "{order:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_is_found_by_identifier_then_doi_then_title_and_first_author() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let curator = server.curator(&stack);
    // Without an identifier, by hand.
    let input = |title: &str, author: &str| json!({ "title": title, "abstract": "By hand.", "publishedOn": "2026-01-01", "authors": [author] });
    create_paper(&curator, input("The same work", "Ada Lovelace")).await;
    create_paper(&curator, input("The same work", "Grace Hopper")).await;
    let taken = "mutation($input: PaperInput!) { createPaper(input: $input) { userErrors { code } } }";
    let payload = curator.mutate(taken, json!({ "input": input("The Same Work", "A. Lovelace") })).await;
    assert_eq!(payload.user_errors().len(), 1, "{payload}");
    // arXiv's paper with this title and first author is the first of them.
    let mut line = arxiv_line(1, "The same work");
    line["doi"] = Value::Null;
    let summary = snapshot(&stack, "title.jsonl", &[line]);
    assert_eq!(counts(&summary), "read 1, created 0, updated 1, unchanged 0, rejected 0");
    let merged = stack.rows("SELECT authors_key FROM (SELECT arxiv_id || ' ' || title AS authors_key FROM paper) p WHERE authors_key IS NOT NULL").await;
    assert_eq!(merged, ["2601.00001 The same work"]);
    // A DOI is stronger than a title, whatever its case; two identifiers are two papers even if a DOI is the same.
    let database = stack.database().await;
    let doi = "UPDATE paper SET doi = '10.1000/HOPPER' WHERE arxiv_id IS NULL";
    sea_orm::ConnectionTrait::execute_unprepared(&database, doi).await.unwrap();
    database.close().await.unwrap();
    let mut line = arxiv_line(1, "Another title");
    (line["id"], line["doi"]) = (json!("2601.00002"), json!("10.1000/hopper"));
    let mut third = line.clone();
    third["id"] = json!("2601.00003");
    let summary = snapshot(&stack, "doi.jsonl", &[line, third]);
    assert_eq!(counts(&summary), "read 2, created 1, updated 1, unchanged 0, rejected 0");
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arxiv_said_before_changes_nothing_alone_and_counts_with_what_is_new() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let old = arxiv_line(1, "As submitted");
    let mut other = arxiv_line(1, "Another paper");
    (other["id"], other["doi"]) = (json!("2601.00002"), Value::Null);
    snapshot(&stack, "old.jsonl", &[old.clone(), other.clone()]);
    let state =
        "SELECT CAST(changed_at AS TEXT) || title || CAST(said_before AS TEXT) FROM paper ORDER BY id";
    let stored = stack.rows(state).await;
    let again = snapshot(&stack, "again.jsonl", &[other.clone(), old.clone()]);
    assert_eq!(counts(&again), "read 2, created 0, updated 0, unchanged 2, rejected 0");
    assert_eq!(stack.rows(state).await, stored);
    // Beside a new statement about its paper a repeated one counts as that does; it does not undo it.
    let new = arxiv_line(2, "As revised");
    let mixed = snapshot(&stack, "mixed.jsonl", &[old.clone(), new, old.clone(), other]);
    assert_eq!(counts(&mixed), "read 4, created 0, updated 3, unchanged 1, rejected 0");
    let titles = "SELECT title FROM paper ORDER BY id";
    assert_eq!(stack.rows(titles).await, ["As revised", "Another paper"]);
    // Nor does it undo what a curator did, and a gap that he left stays one.
    let database = stack.database().await;
    let edit = "UPDATE paper SET title = 'By hand', curated_fields = '[\"title\"]' WHERE slug = '2601.00001'";
    sea_orm::ConnectionTrait::execute_unprepared(&database, edit).await.unwrap();
    database.close().await.unwrap();
    let late = snapshot(&stack, "late.jsonl", &[old]);
    assert_eq!(counts(&late), "read 1, created 0, updated 0, unchanged 1, rejected 0");
    assert_eq!(stack.rows(titles).await, ["By hand", "Another paper"]);
}

/// Each batch of an import looks its papers up: among millions this must not read them all.
#[tokio::test(flavor = "multi_thread")]
async fn papers_are_looked_up_by_indexes_alone() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let condition = "title_key IN ('a', 'b') AND COALESCE(arxiv_id, '') = '' \
                     OR lower(doi) IN ('x', 'y') AND COALESCE(arxiv_id, '') = '' \
                     OR title_key IN ('c') OR lower(doi) IN ('z')";
    let plan = if stack.is_embedded() {
        stack.plan(&format!("EXPLAIN QUERY PLAN SELECT id FROM paper WHERE {condition}"), 3).await
    } else {
        // An empty table is read whole, if that is not forbidden.
        let explain = format!("EXPLAIN SELECT id FROM paper WHERE {condition}");
        stack.plan(&format!("SET enable_seqscan = off; {explain}"), 0).await
    };
    assert!(plan.contains("paper_doi") && plan.contains("paper_title_key"), "{plan}");
    assert!(!plan.contains("SCAN paper") && !plan.contains("Seq Scan"), "{plan}");
}
