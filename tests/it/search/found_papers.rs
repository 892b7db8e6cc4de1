//! Which papers a query finds, in which order, and what is said of it.

use std::collections::BTreeSet;

use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::{
    ALL, GRAPHS, LEVY, MARKUP, RETRIEVAL, SURVEY, VISION, by_words, server_with_papers, until_found,
};
use crate::support::Stack;

/// Queries with the papers that they find.
const QUERIES: &[(&str, &[&str])] = &[
    // What is shown is found: LaTeX, accents, strokes, Greek letters, hyphens.
    ("levy", &[LEVY]),
    ("Lévy", &[LEVY]),
    (r"L\'evy", &[LEVY]),
    ("beta", &[LEVY]),
    ("β-stable", &[LEVY]),
    (r"$\beta$", &[LEVY]),
    ("LUKASZ", &[LEVY]),
    ("pretraining", &[GRAPHS, VISION]),
    ("pre-training", &[GRAPHS, VISION]),
    ("o'reilly", &[MARKUP]),
    ("molecule", &[GRAPHS]),
    ("stanford", &[GRAPHS]),
    ("masked", &[VISION]),
    // Any word is enough; without one nothing is found.
    ("flights survey", &[LEVY, SURVEY]),
    ("zzzzzzqqqqqq", &[]),
    ("", &ALL),
    ("the", &ALL),
    // Phrases, exclusions and fields.
    ("\"graph retrieval\"", &[SURVEY]),
    ("\"networks graph\"", &[]),
    ("\u{201c}graph networks\u{201d}", &[GRAPHS]),
    ("graph -survey", &[GRAPHS]),
    ("graph -\"graph networks\"", &[SURVEY]),
    ("author:lovelace", &[GRAPHS, RETRIEVAL]),
    ("author:\"lovelace ada\" graph", &[GRAPHS]),
    ("-author:lovelace graph", &[SURVEY]),
    ("title:graph", &[GRAPHS, SURVEY]),
    ("title:molecules", &[]),
    ("org:meta", &[VISION, RETRIEVAL]),
    ("org:\"meta ai\" models", &[VISION, RETRIEVAL]),
    ("cat:cs.IR", &[RETRIEVAL, SURVEY]),
    ("cat:CS", &[GRAPHS, VISION, RETRIEVAL, SURVEY, MARKUP]),
    ("-cat:cs", &[LEVY]),
    ("year:2024", &[GRAPHS, RETRIEVAL]),
    ("year:2022-2023", &[VISION, SURVEY]),
    ("year:2023-", &[GRAPHS, RETRIEVAL, SURVEY]),
    ("year:<2020", &[LEVY]),
    ("year:2023-2020", &[]),
    ("has:code", &[GRAPHS, VISION]),
    ("-has:code graph", &[SURVEY]),
    // Identifiers and addresses.
    ("2403.00001", &[GRAPHS]),
    ("arXiv:2403.00001v3", &[GRAPHS]),
    ("https://arxiv.org/abs/2403.00001", &[GRAPHS]),
    ("http://arxiv.org/pdf/2403.00001v12.pdf", &[GRAPHS]),
    ("https://huggingface.co/papers/2403.00001", &[GRAPHS]),
    ("https://doi.org/10.48550/arXiv.2403.00001", &[GRAPHS]),
    ("10.1000/XYZ-1(2)", &[VISION]),
    ("doi:10.1000/xyz-1(2)", &[VISION]),
    ("2403.99999", &[]),
];

#[tokio::test(flavor = "multi_thread")]
async fn queries_find_what_is_shown_and_asked_for() {
    let stack = Stack::new().await;
    let (server, ..) = server_with_papers(&stack).await;
    let client = server.client();
    // No curator can set a DOI; the triggers see whoever writes it.
    let database = stack.database().await;
    let set_doi = "UPDATE paper SET doi = '10.1000/XYZ-1(2)' WHERE arxiv_id = '2211.00002'";
    database.execute_unprepared(set_doi).await.unwrap();
    database.close().await.unwrap();
    until_found(&client, "10.1000/xyz-1(2)", &[VISION]).await;
    for (query, expected) in QUERIES {
        let found = by_words(&client, query).await;
        let expected: BTreeSet<String> = expected.iter().map(|&title| title.to_owned()).collect();
        assert_eq!(found.set(), expected, "{query}: {found:?}");
        assert_eq!(found.total_count, Some(expected.len()), "{query}");
        assert_eq!((found.mode.as_str(), found.notice.as_deref()), ("KEYWORD", None), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_best_come_first_with_the_reasons() {
    let stack = Stack::new().await;
    let (server, ..) = server_with_papers(&stack).await;
    let client = server.client();
    let found = by_words(&client, "graph retrieval").await;
    assert_eq!(found.order()[0], SURVEY);
    assert_eq!(found.set().len(), 3);
    assert!(found.edges.is_sorted_by(|a, b| a.score >= b.score), "{found:?}");
    assert!(found.edges.iter().all(|edge| edge.score_parts.words == Some(edge.score)), "{found:?}");
    assert!(found.edges.iter().all(|edge| edge.score_parts.meaning.is_none()), "{found:?}");
    let first = &found.edges[0];
    assert_eq!(first.found_in, ["TITLE", "ABSTRACT"]);
    assert_eq!(first.highlight.as_deref(), Some("A survey of <mark>graph</mark> <mark>retrieval</mark>"));
    // Without words that rank, the newest come first.
    let found = by_words(&client, "cat:cs.IR").await;
    assert_eq!(found.order(), [SURVEY, RETRIEVAL]);
    let found = by_words(&client, "lovelace").await;
    assert!(
        found.edges.iter().all(|edge| edge.found_in == ["AUTHORS"] && edge.highlight.is_none()),
        "{found:?}"
    );
    let found = by_words(&client, "stanford").await;
    assert_eq!(found.edges[0].found_in, ["ORGANIZATION"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn highlights_are_escaped() {
    let stack = Stack::new().await;
    let (server, ..) = server_with_papers(&stack).await;
    let client = server.client();
    for (query, expected) in [
        ("script", "Escaping &lt;<mark>script</mark>&gt;alert(1)&lt;/<mark>script</mark>&gt; in templates"),
        ("quotes markup", "<mark>Markup</mark> &amp; <mark>quotes</mark> &quot;everywhere&quot;."),
    ] {
        let found = by_words(&client, query).await;
        assert_eq!(found.order(), [MARKUP], "{query}");
        assert_eq!(found.edges[0].highlight.as_deref(), Some(expected));
    }
    let found = by_words(&client, "beta levy").await;
    let highlight = found.edges[0].highlight.as_deref().unwrap();
    assert_eq!(highlight, "<mark>Lévy</mark> flights with <mark>β</mark>-stable steps");
}

#[tokio::test(flavor = "multi_thread")]
async fn misspelled_words_are_corrected() {
    let stack = Stack::new().await;
    let (server, ..) = server_with_papers(&stack).await;
    let client = server.client();
    let found = by_words(&client, "Grpah retreival").await;
    assert_eq!(found.order()[0], SURVEY);
    assert_eq!(found.did_you_mean.as_deref(), Some("graph retrieval"));
    let corrections = [
        json!({ "typed": "grpah", "meant": "graph" }),
        json!({ "typed": "retreival", "meant": "retrieval" }),
    ];
    assert_eq!(found.corrections, corrections);
    assert!(found.edges[0].highlight.as_deref().unwrap().contains("<mark>graph</mark>"), "{found:?}");
    // A word that some paper has is not corrected, nor is a short or a quoted one.
    for (query, count) in [("graph", 2), ("rag", 0), ("\"grpah\"", 0)] {
        let found = by_words(&client, query).await;
        assert_eq!((found.edges.len(), found.corrections.len()), (count, 0), "{query}");
        assert_eq!(found.did_you_mean, None, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_says_how_the_query_was_read() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let client = server.client();
    for (query, reading) in [
        (
            "graph \"neural network\" author:lovelace -survey year:2020-2024 cat:cs.LG has:code",
            "words graph; phrase \"neural network\"; author lovelace; not survey; category cs.LG; years 2020 to 2024; with code",
        ),
        (
            "title:graph -cat:cs year:2021- -has:code",
            "title graph; not category cs; year 2021 or later; without code",
        ),
        ("arXiv:2403.00001v2", "identifier 2403.00001; words arXiv:2403.00001v2"),
        ("C++ (fast) AND OR *", "words C++ (fast) AND OR"),
        ("color:red \"open", "words color:red \"open"),
        ("", ""),
    ] {
        assert_eq!(by_words(&client, query).await.reading, reading, "{query}");
    }
}
