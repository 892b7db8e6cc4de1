//! Categories, organizations and authors, and their papers.

use serde_json::json;

use super::CREATE;
use crate::support::Stack;
use crate::support::fixtures::stack_with_papers;
use crate::support::graphql::{nodes, titles};
use crate::support::journey::create_paper;

#[tokio::test(flavor = "multi_thread")]
async fn organizations_categories_and_authors_link_to_papers() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let curator = server.curator(&stack);
    for number in 1..=3 {
        let input = json!({
            "title": format!("Paper {number}"), "abstract": "Text.", "publishedOn": format!("2026-01-0{number}"),
            "organization": "The Institute", "categories": ["cs.CL"], "authors": ["Ada Lovelace", "Ada Lovelace"],
        });
        create_paper(&curator, input).await;
    }
    let client = server.client();
    let data = client
        .get(
            "{ organization(slug: \"the-institute\") { id name papers(last: 2) { totalCount nodes { title authors { name papers { totalCount } } } } }
               category(code: \"cs.CL\") { code name } none: category(code: \"cs.XX\") { code } nobody: organization(slug: \"x\") { id } }",
        )
        .await;
    assert_eq!(data["category"], json!({ "code": "cs.CL", "name": "Computation and Language" }));
    assert!(data["none"].is_null() && data["nobody"].is_null());
    let papers = &data["organization"]["papers"];
    assert_eq!(papers["totalCount"], 3);
    assert_eq!(titles(papers), ["Paper 2", "Paper 1"]);
    assert_eq!(
        nodes(papers)[0]["authors"][0],
        json!({ "name": "Ada Lovelace", "papers": { "totalCount": 3 } })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_category_is_refused_with_a_suggestion() {
    let (stack, server) = stack_with_papers(1..3).await;
    let curator = server.curator(&stack);
    let input = |code: &str| json!({ "title": format!("Of {code}"), "abstract": "A.", "publishedOn": "2026-01-05", "categories": [code] });
    let made = curator.mutate(CREATE, json!({ "input": input("cs.CLL") })).await;
    assert_eq!(made.user_errors(), ["INVALID input.categories"]);
    assert!(made.error_message().contains("cs.CL"), "{made}");
    let made = curator.mutate(CREATE, json!({ "input": input("CS.cl") })).await;
    assert_eq!(made["paper"]["categories"], json!([{ "code": "cs.CL" }]));
    let wish = "mutation($input: SubscribeInput!) { subscribe(input: $input) { email userErrors { code field message } } }";
    let filter = json!({ "categories": ["machine learning"] });
    let asked =
        curator.mutate(wish, json!({ "input": { "email": "ada@example.org", "filter": filter } })).await;
    assert_eq!(asked.user_errors(), ["INVALID input.filter.categories"]);
    assert!(asked.error_message().contains("cs.LG"), "{asked}");
    let found = "query($codes: [String!]) { papers(filter: { categories: $codes }) { nodes { title } } }";
    assert_eq!(curator.code(found, json!({ "codes": ["cs.CLL"] })).await, "BAD_REQUEST");
    let listed = curator.field_with(found, json!({ "codes": ["cs.cl"] })).await;
    assert_eq!(titles(&listed), ["Of CS.cl"]);
}
