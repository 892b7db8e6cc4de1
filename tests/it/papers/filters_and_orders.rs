//! Lists of papers: every order and every filter.

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::stack_with_papers;
use crate::support::fixtures::{import_items, item};
use crate::support::graphql::{nodes, titles};
use crate::support::journey::create_paper;
use crate::support::{Stack, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn every_order_sorts_by_its_field() {
    let (_stack, server) = stack_with_papers().await;
    let client = server.client();
    let ordered = async |order: &str| {
        let query = format!(
            "{{ papers(orderBy: {order}) {{ nodes {{ title publishedOn upvoteCount commentCount trending {{ score }} }} }} }}"
        );
        client.field(&query).await["nodes"].as_array().unwrap().clone()
    };
    for (order, key) in [("NEWEST", "publishedOn"), ("UPVOTES", "upvoteCount"), ("COMMENTS", "commentCount")]
    {
        let papers = ordered(order).await;
        assert_eq!(papers.len(), 8);
        let keys: Vec<String> = papers.iter().map(|paper| paper[key].to_string()).collect();
        let mut sorted = keys.clone();
        sorted.sort_by(|a, b| b.len().cmp(&a.len()).then(b.cmp(a)));
        assert_eq!(keys, sorted, "{order}");
    }
    let scores: Vec<f64> =
        ordered("TRENDING").await.iter().map(|paper| paper["trending"]["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    // In a feed the order of the source decides ties.
    let feed = client
        .field("{ feed(period: \"2026-01-05\") { papers(orderBy: TRENDING) { nodes { title } } } }")
        .await;
    assert_eq!(titles(&feed["papers"])[0], "Paper 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_narrows_the_list() {
    let stack = Stack::new().await;
    let mut special = item(1, 50);
    special["title"] = json!("Retrieval-Augmented Generation (RAG)");
    special["paper"]["summary"] = json!("About fragments and paragraphs.");
    special["paper"]["organization"] = json!({ "name": "nvidia", "fullname": "NVIDIA" });
    special["paper"]["githubRepo"] = json!("https://github.com/a/b");
    import_items(&stack, "2026-01-06", &[special, item(2, 3), item(3, 1)]);
    let server = stack.serve().await;
    let curator = server.curator(&stack);
    let input = json!({
        "title": "Unfeatured", "abstract": "Text.", "publishedOn": "2025-12-31",
        "categories": ["cs.CL", "cs.LG"], "authors": ["Émile Zola"], "organization": "École Polytechnique",
    });
    create_paper(&curator, input).await;
    let client = server.client();
    let found = async |filter: Value| {
        let query = "query($filter: PaperFilter) { papers(filter: $filter, orderBy: UPVOTES) { totalCount nodes { title } } }";
        let papers = client.field_with(query, json!({ "filter": filter })).await;
        assert_eq!(papers["totalCount"], nodes(&papers).len(), "{filter}");
        titles(&papers).iter().map(|title| title.chars().take(12).collect::<String>()).collect::<Vec<_>>()
    };
    let rag = "Retrieval-Au";
    for (filter, expected) in [
        (json!({}), vec![rag, "Paper 2", "Paper 3", "Unfeatured"]),
        (json!({ "keywords": [] }), vec![rag, "Paper 2", "Paper 3", "Unfeatured"]),
        (
            json!({ "keywords": [" "], "authors": [""], "minUpvotes": 0 }),
            vec![rag, "Paper 2", "Paper 3", "Unfeatured"],
        ),
        (json!({ "keywords": ["rag"] }), vec![rag]),
        (json!({ "keywords": ["retrieval augmented"] }), vec![rag]),
        (json!({ "keywords": ["graph"] }), vec![]),
        (json!({ "keywords": ["%"] }), vec![]),
        (json!({ "keywords": ["Even Numbers", "rag"] }), vec![rag, "Paper 2"]),
        (json!({ "excludeKeywords": ["odd numbers"] }), vec!["Paper 2", "Unfeatured"]),
        (json!({ "categories": ["cs.LG", "cs.RO"] }), vec!["Unfeatured"]),
        (json!({ "excludeCategories": ["cs.CL"] }), vec![rag, "Paper 2", "Paper 3"]),
        (json!({ "authors": ["author 2"] }), vec!["Paper 2"]),
        (json!({ "authors": ["ÉMILE ZOLA"] }), vec!["Unfeatured"]),
        (json!({ "organizations": ["NVIDIA"] }), vec![rag]),
        (json!({ "organizations": ["école polytechnique"] }), vec!["Unfeatured"]),
        (json!({ "organizations": ["ecole-polytechnique"] }), vec!["Unfeatured"]),
        (json!({ "organizations": ["nvidia"], "keywords": ["even numbers"] }), vec![]),
        (json!({ "minUpvotes": 3 }), vec![rag, "Paper 2"]),
        (json!({ "hasRepository": true }), vec![rag]),
        (json!({ "hasRepository": false, "minUpvotes": 1 }), vec!["Paper 2", "Paper 3"]),
        (json!({ "featured": false }), vec!["Unfeatured"]),
        (json!({ "featured": true, "publishedFrom": "2026-01-04" }), vec!["Paper 3"]),
        (json!({ "publishedTo": "2025-12-31" }), vec!["Unfeatured"]),
    ] {
        assert_eq!(found(filter.clone()).await, expected, "{filter}");
    }
    let query = "query($filter: PaperFilter) { papers(filter: $filter) { totalCount } }";
    for filter in [
        json!({ "authors": vec!["x"; 101] }),
        json!({ "keywords": ["x".repeat(201)] }),
        json!({ "minUpvotes": -1 }),
        json!({ "publishedFrom": "2026- 1-01" }),
        json!({ "publishedTo": "+026-01-01" }),
    ] {
        assert_eq!(client.code(query, json!({ "filter": filter })).await, "BAD_REQUEST", "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_match_the_text_that_is_shown() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let curator = server.curator(&stack);
    for (title, author) in [
        (r"L\'evy flights with $\beta$-stable steps", "Paul Lévy"),
        ("Checking C++ programs", "Łukasz Kaiser"),
        ("Checking C programs, $O(n\\log n)$", "Ada Lovelace"),
    ] {
        let input =
            json!({ "title": title, "abstract": "Text.", "publishedOn": "2026-01-01", "authors": [author] });
        create_paper(&curator, input).await;
    }
    let client = server.client();
    let query = "query($filter: PaperFilter) { papers(filter: $filter) { totalCount nodes { title } } }";
    for (filter, begins) in [
        (json!({ "keywords": ["Levy"] }), vec!["L\\'evy fli"]),
        (json!({ "keywords": ["Lévy flights"] }), vec!["L\\'evy fli"]),
        (json!({ "keywords": ["beta stable"] }), vec!["L\\'evy fli"]),
        (json!({ "keywords": ["β-stable"] }), vec!["L\\'evy fli"]),
        (json!({ "keywords": ["C++"] }), vec!["Checking C++"]),
        (json!({ "keywords": ["c"] }), vec!["Checking C p"]),
        (json!({ "keywords": ["c#"] }), vec![]),
        (json!({ "keywords": ["n log n"] }), vec!["Checking C p"]),
        (json!({ "authors": ["paul levy"] }), vec!["L\\'evy fli"]),
        (json!({ "authors": ["Lukasz Kaiser"] }), vec!["Checking C++"]),
        (json!({ "excludeKeywords": ["programs"] }), vec!["L\\'evy fli"]),
        (json!({ "keywords": ["\" OR flights", "flights NOT stable", "*"] }), vec![]),
    ] {
        let found = client.field_with(query, json!({ "filter": filter })).await;
        assert_eq!(found["totalCount"], begins.len(), "{filter}");
        let found = titles(&found);
        assert!(
            found.iter().zip(&begins).all(|(title, begin)| title.starts_with(begin)),
            "{filter}: {found:?}"
        );
    }
    // Words of an earlier build are computed again at the start.
    let database = stack.database().await;
    database.execute_unprepared("UPDATE paper_words SET words = ' old ', rules = 0").await.unwrap();
    database.close().await.unwrap();
    assert!(server.stop().success());
    let server = stack.serve().await;
    let client = server.client();
    eventually("the words are computed again", || async {
        let found = client.field_with(query, json!({ "filter": { "keywords": ["stable steps"] } })).await;
        (found["totalCount"] == 1).then_some(())
    })
    .await;
}
