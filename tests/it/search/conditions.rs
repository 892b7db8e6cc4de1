//! A search together with a filter, and counts of what it found.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ALL, GRAPHS, RETRIEVAL, SURVEY, ask, server_with_papers};
use crate::support::graphql::titles;
use crate::support::journey::feature;
use crate::support::{Client, Stack};

/// Filters of every kind; each leaves some of the papers.
fn filters() -> Vec<Value> {
    vec![
        json!({ "categories": ["cs.IR", "math.PR"] }),
        json!({ "excludeCategories": ["cs.IR"] }),
        json!({ "organizations": ["Meta AI"] }),
        json!({ "organizations": ["meta-ai", "stanford university"] }),
        json!({ "keywords": ["graph", "masked images"] }),
        json!({ "excludeKeywords": ["graph"] }),
        json!({ "authors": ["ada lovelace"] }),
        json!({ "publishedFrom": "2023-01-15" }),
        json!({ "publishedTo": "2023-01-14" }),
        json!({ "publishedFrom": "2020-01-01", "publishedTo": "2022-12-31" }),
        json!({ "minUpvotes": 1 }),
        json!({ "featured": true }),
        json!({ "featured": false }),
        json!({ "hasRepository": true }),
        json!({ "hasRepository": false, "categories": ["cs.IR"], "keywords": ["graph"] }),
    ]
}

async fn listed(client: &Client, filter: &Value) -> BTreeSet<String> {
    let query = "query($filter: PaperFilter) { papers(filter: $filter, first: 100) { nodes { title } } }";
    titles(&client.field_with(query, json!({ "filter": filter })).await).into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_means_the_same_in_a_search_as_in_a_list() {
    let stack = Stack::new().await;
    let (server, curator, ids) = server_with_papers(&stack).await;
    feature(&curator, &ids[1], None).await;
    let vote = "mutation($id: ID!) { upvotePaper(paperId: $id) { userErrors { code } } }";
    server.reader(&stack, "rita").ok(vote, json!({ "id": ids[4] })).await;
    let client = server.client();
    let with_graph: BTreeSet<String> =
        ask(&client, "graph", "KEYWORD", Value::Null).await.titles().into_iter().collect();
    for filter in filters() {
        let expected = listed(&client, &filter).await;
        assert!(!expected.is_empty() && expected.len() < ALL.len(), "{filter}: {expected:?}");
        let found = ask(&client, "", "KEYWORD", filter.clone()).await;
        assert_eq!((found.titles(), found.total_count), (expected.clone(), Some(expected.len())), "{filter}");
        let found = ask(&client, "graph", "KEYWORD", filter.clone()).await;
        let both: BTreeSet<String> = expected.intersection(&with_graph).cloned().collect();
        assert_eq!((found.titles(), found.total_count), (both.clone(), Some(both.len())), "{filter}");
    }
    for filter in [
        json!({ "organizations": ["nobody"] }),
        json!({ "authors": ["nobody"] }),
        json!({ "categories": ["cs.OH"] }),
        json!({ "publishedFrom": "2025-01-01" }),
        json!({ "publishedFrom": "2024-01-01", "publishedTo": "2020-01-01" }),
        json!({ "minUpvotes": 1000 }),
    ] {
        let found = ask(&client, "graph", "KEYWORD", filter.clone()).await;
        assert_eq!((found.edges.len(), found.total_count), (0, Some(0)), "{filter}");
    }
    // What is typed narrows the filter, and does not widen it.
    for (query, filter, expected) in [
        ("cat:cs.CL", json!({ "categories": ["cs.IR"] }), vec![RETRIEVAL]),
        ("cat:cs", json!({ "categories": ["cs.LG"] }), vec![GRAPHS]),
        ("cat:math", json!({ "categories": ["cs.IR"] }), vec![]),
        ("has:code", json!({ "hasRepository": false }), vec![]),
        ("-has:code", json!({ "hasRepository": false, "categories": ["cs.IR"] }), vec![RETRIEVAL, SURVEY]),
        ("year:2024", json!({ "publishedTo": "2023-12-31" }), vec![]),
        ("year:>=2022 year:<2024", json!({ "excludeCategories": ["cs.CV"] }), vec![SURVEY]),
    ] {
        let found = ask(&client, query, "KEYWORD", filter).await;
        assert_eq!(found.set(), expected.iter().map(|&title| title.to_owned()).collect(), "{query}");
        assert_eq!(found.total_count, Some(expected.len()), "{query}");
    }
    let too_many = json!({ "query": "graph", "filter": { "authors": vec!["x"; 101] } });
    assert_eq!(client.code(super::SEARCH, too_many).await, "BAD_REQUEST");
}

/// A paper that a filter just missed is found as soon as the index has it, and votes count at once for a new search.
#[tokio::test(flavor = "multi_thread")]
async fn filters_see_papers_and_votes_that_came_after_an_earlier_search() {
    let stack = Stack::new().await;
    let (server, curator, ids) = server_with_papers(&stack).await;
    let client = server.client();
    let by_keyword = json!({ "keywords": ["graph"] });
    assert_eq!(ask(&client, "graph", "KEYWORD", by_keyword.clone()).await.edges.len(), 2);
    let input = json!({ "title": "Graph coarsening", "abstract": "A graph.", "publishedOn": "2024-01-01" });
    crate::support::journey::create_paper(&curator, input).await;
    super::until_found(&client, "coarsening", &["Graph co"]).await;
    assert_eq!(ask(&client, "graph", "KEYWORD", by_keyword).await.edges.len(), 3);
    let by_votes = json!({ "minUpvotes": 1 });
    assert_eq!(ask(&client, "graph", "KEYWORD", by_votes.clone()).await.edges.len(), 0);
    let vote = "mutation($id: ID!) { upvotePaper(paperId: $id) { userErrors { code } } }";
    server.reader(&stack, "rita").ok(vote, json!({ "id": ids[4] })).await;
    crate::support::eventually("the vote counts", || async {
        (ask(&client, "graph", "KEYWORD", by_votes.clone()).await.edges.len() == 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facets_are_counted_under_the_other_filters() {
    let stack = Stack::new().await;
    let (server, ..) = server_with_papers(&stack).await;
    let client = server.client();
    let counted = async |query: &str, filter: Value, kind: &str| {
        let asked = "query($query: String!, $filter: PaperFilter, $kind: SearchFacetKind!) {
            search(query: $query, mode: KEYWORD, filter: $filter, first: 0) {
                facets(kind: $kind) { value label count } } }";
        let variables = json!({ "query": query, "filter": filter, "kind": kind });
        let facets = client.field_with(asked, variables).await["facets"].clone();
        let facet = |facet: &Value| {
            let text = |field: &str| facet[field].as_str().unwrap().to_owned();
            (text("value"), text("label"), facet["count"].as_u64().unwrap())
        };
        facets.as_array().unwrap().iter().map(facet).collect::<Vec<_>>()
    };
    let owned = |facets: &[(&str, &str, u64)]| {
        facets
            .iter()
            .map(|(value, label, count)| ((*value).to_owned(), (*label).to_owned(), *count))
            .collect::<Vec<_>>()
    };
    let in_ir = json!({ "categories": ["cs.IR"] });
    let codes = counted("", in_ir.clone(), "CATEGORY").await;
    assert_eq!(codes[0], ("cs.IR".to_owned(), "cs.IR".to_owned(), 2));
    assert_eq!(codes.len(), 8, "{codes:?}");
    let years = counted("", in_ir.clone(), "YEAR").await;
    assert_eq!(years, owned(&[("2023", "2023", 1), ("2024", "2024", 1)]));
    let code = counted("", Value::Null, "CODE").await;
    assert_eq!(code, owned(&[("false", "without code", 4), ("true", "with code", 2)]));
    let organizations = counted("", Value::Null, "ORGANIZATION").await;
    assert_eq!(
        organizations,
        owned(&[("meta-ai", "Meta AI", 2), ("stanford-university", "Stanford University", 1)])
    );
    let of_graphs =
        counted("graph", json!({ "publishedFrom": "2024-01-01", "hasRepository": true }), "YEAR").await;
    assert_eq!(of_graphs, owned(&[("2024", "2024", 1)]));
    let asked = "{ search(query: \"graph\") { facets(kind: YEAR, first: 101) { count } } }";
    assert_eq!(client.code(asked, json!({})).await, "BAD_REQUEST");
}
