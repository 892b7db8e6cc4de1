//! Search over papers: what is found and in which order, that it follows the database, search by meaning, and hostile
//! queries.

mod conditions;
mod following;
mod found_papers;
mod hostile_queries;
mod index_recovery;
mod making_vectors;
mod meaning;
mod models;
mod pages_and_prices;
mod suggestions;

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::graphql::titles;
use crate::support::journey::create_paper;
use crate::support::stack::project;
use crate::support::{Client, Process, Stack, eventually};

const SEARCH: &str = "query($query: String!, $mode: SearchMode! = KEYWORD, $filter: PaperFilter) {
    search(query: $query, mode: $mode, filter: $filter, first: 100) {
        totalCount mode notice reading didYouMean corrections { typed meant }
        edges { score scoreParts { words meaning } foundIn highlight node { title } } } }";

/// What a search answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    total_count: Option<usize>,
    mode: String,
    notice: Option<String>,
    reading: String,
    did_you_mean: Option<String>,
    corrections: Vec<Value>,
    edges: Vec<Edge>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Edge {
    score: f64,
    score_parts: ScoreParts,
    found_in: Vec<String>,
    highlight: Option<String>,
    node: Node,
}

#[derive(Debug, Deserialize)]
struct ScoreParts {
    words: Option<f64>,
    meaning: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Node {
    title: String,
}

impl Found {
    /// The first eight characters of the titles, in the order of the list.
    fn order(&self) -> Vec<String> {
        self.edges.iter().map(|edge| edge.node.title.chars().take(8).collect()).collect()
    }

    /// The same, sorted.
    fn set(&self) -> BTreeSet<String> {
        self.order().into_iter().collect()
    }

    fn titles(&self) -> BTreeSet<String> {
        self.edges.iter().map(|edge| edge.node.title.clone()).collect()
    }
}

async fn ask(client: &Client, query: &str, mode: &str, filter: Value) -> Found {
    client.read(SEARCH, json!({ "query": query, "mode": mode, "filter": filter })).await
}

/// A search by words.
async fn by_words(client: &Client, query: &str) -> Found {
    ask(client, query, "KEYWORD", Value::Null).await
}

/// Waits until a search by words finds these papers, by the first eight characters of their titles.
async fn until_found(client: &Client, query: &str, expected: &[&str]) {
    let expected: BTreeSet<String> = expected.iter().map(|&title| title.to_owned()).collect();
    eventually(&format!("{query} finds {expected:?}"), || async {
        (by_words(client, query).await.set() == expected).then_some(())
    })
    .await;
}

/// Waits until the index has the papers that the list of all has.
async fn until_equal(client: &Client) -> BTreeSet<String> {
    eventually("the index equals the database", || async {
        let papers = client.field("{ papers(first: 100) { totalCount nodes { title } } }").await;
        let listed: BTreeSet<String> = titles(&papers).into_iter().collect();
        let found = by_words(client, "").await;
        let is_equal =
            found.titles() == listed && papers["totalCount"].as_u64() == found.total_count.map(|n| n as u64);
        is_equal.then_some(listed)
    })
    .await
}

/// The titles of [`papers`] as tests name them: their first eight characters.
const LEVY: &str = "L\\'evy f";
const GRAPHS: &str = "Pre-trai";
const VISION: &str = "Pretrain";
const RETRIEVAL: &str = "Retrieva";
const SURVEY: &str = "A survey";
const MARKUP: &str = "Escaping";
const ALL: [&str; 6] = [LEVY, GRAPHS, VISION, RETRIEVAL, SURVEY, MARKUP];

/// Papers that differ in everything that a search can ask for.
fn papers() -> [Value; 6] {
    [
        json!({ "title": r"L\'evy flights with $\beta$-stable steps", "publishedOn": "2019-05-01",
            "abstract": "Random walks whose steps have no variance.",
            "authors": ["Paul Lévy", "Łukasz Kaiser"], "categories": ["math.PR"] }),
        json!({ "title": "Pre-training graph networks at scale", "publishedOn": "2024-03-01",
            "abstract": "Graphs of molecules teach a neural network much.", "arxivId": "2403.00001",
            "authors": ["Jure Leskovec", "Ada Lovelace"], "categories": ["cs.LG", "cs.SI"],
            "organization": "Stanford University", "repositoryUrl": "https://github.com/a/b",
            "keywords": ["molecules"] }),
        json!({ "title": "Pretraining vision models without labels", "publishedOn": "2022-11-11",
            "abstract": "Images are masked and restored.", "arxivId": "2211.00002",
            "authors": ["Kaiming He"], "categories": ["cs.CV"], "organization": "Meta AI",
            "repositoryUrl": "https://github.com/a/c", "keywords": ["masked images"] }),
        json!({ "title": "Retrieval-augmented generation for long documents", "publishedOn": "2024-06-30",
            "abstract": "A retriever finds passages; a large language model reads them.",
            "authors": ["Ada Lovelace"], "categories": ["cs.CL", "cs.IR"], "organization": "Meta AI" }),
        json!({ "title": "A survey of graph retrieval", "publishedOn": "2023-01-15",
            "abstract": "Graph retrieval, graph search and graph databases.",
            "authors": ["Grace Hopper"], "categories": ["cs.IR", "cs.DB"] }),
        json!({ "title": "Escaping <script>alert(1)</script> in templates", "publishedOn": "2020-02-02",
            "abstract": "Markup & quotes \"everywhere\".", "authors": ["Tim O'Reilly"], "categories": ["cs.CR"] }),
    ]
}

/// A server with [`papers`], which it has indexed, and their identifiers.
async fn server_with_papers(stack: &Stack) -> (Process, Client, Vec<String>) {
    let server = stack.serve().await;
    let curator = server.curator(stack);
    let mut ids = Vec::new();
    for paper in papers() {
        ids.push(create_paper(&curator, paper).await);
    }
    until_found(&server.client(), "", &ALL).await;
    (server, curator, ids)
}

const UPDATE: &str = "mutation($id: ID!, $input: PaperInput!) { updatePaper(paperId: $id, input: $input) {
    paper { title } userErrors { code field } } }";
const HIDE: &str = "mutation($id: ID!) { hidePaper(paperId: $id) { userErrors { code field } } }";
const RESTORE: &str = "mutation($id: ID!) { restorePaper(paperId: $id) { userErrors { code field } } }";

/// Changes a paper by a mutation that must succeed.
async fn change(curator: &Client, mutation: &str, id: &str, input: Value) {
    let payload = curator.mutate(mutation, json!({ "id": id, "input": input })).await;
    assert!(payload.user_errors().is_empty(), "{payload}");
}

/// Copies the small model of the unit tests into the data folder of a stack.
pub fn install_tiny_model(stack: &Stack) {
    let source = project().join("crates/search/tests/data/tiny-bert");
    copy(&source, &stack.path("data/models/tiny"));
}

/// Copies the small cross-encoder of the unit tests into the data folder of a stack, as `reader`.
pub fn install_tiny_cross_encoder(stack: &Stack) {
    let source = project().join("crates/search/tests/data/tiny-cross-encoder");
    copy(&source, &stack.path("data/models/reader"));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
