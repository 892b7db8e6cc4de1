//! Categories, organizations and authors, which lead to papers.

use serde_json::json;

use super::{CREATE, curator, titles};
use crate::support::Stack;
use crate::support::fixtures::import_day;
use crate::support::gql::problems;

#[tokio::test(flavor = "multi_thread")]
async fn organizations_categories_and_authors_lead_to_papers() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let curator = server.client_with(&stack.token("curie", Some("--curator")));
    for number in 1..=3 {
        let input = json!({
            "title": format!("Paper {number}"), "abstract": "Text.", "publishedOn": format!("2026-01-0{number}"),
            "organization": "The Institute", "categories": ["cs.CL"], "authors": ["Ada Lovelace", "Ada Lovelace"],
        });
        let made = curator
            .ok(
                "mutation($input: PaperInput!) { createPaper(input: $input) { userErrors { message } } }",
                json!({ "input": input }),
            )
            .await;
        assert_eq!(made["createPaper"]["userErrors"], json!([]));
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
        papers["nodes"][0]["authors"][0],
        json!({ "name": "Ada Lovelace", "papers": { "totalCount": 3 } })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_that_does_not_exist_is_refused_with_the_nearest() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..3);
    let server = stack.serve().await;
    let curator = curator(&stack, &server);
    let input = |code: &str| json!({ "title": format!("Of {code}"), "abstract": "A.", "publishedOn": "2026-01-05", "categories": [code] });
    let made = curator.ok(CREATE, json!({ "input": input("cs.CLL") })).await["createPaper"].clone();
    assert_eq!(problems(&made), ["INVALID input.categories"]);
    assert!(made["userErrors"][0]["message"].as_str().unwrap().contains("cs.CL"), "{made}");
    let made = curator.ok(CREATE, json!({ "input": input("CS.cl") })).await["createPaper"].clone();
    assert_eq!(made["paper"]["categories"], json!([{ "code": "cs.CL" }]));
    let wish = "mutation($input: SubscribeInput!) { subscribe(input: $input) { email userErrors { code field message } } }";
    let filter = json!({ "categories": ["machine learning"] });
    let asked = curator.ok(wish, json!({ "input": { "email": "ada@example.org", "filter": filter } })).await
        ["subscribe"]
        .clone();
    assert_eq!(problems(&asked), ["INVALID input.filter.categories"]);
    assert!(asked["userErrors"][0]["message"].as_str().unwrap().contains("cs.LG"), "{asked}");
    let found = "query($codes: [String!]) { papers(filter: { categories: $codes }) { nodes { title } } }";
    assert_eq!(curator.code(found, json!({ "codes": ["cs.CLL"] })).await, "BAD_REQUEST");
    let listed = curator.ok(found, json!({ "codes": ["cs.cl"] })).await;
    assert_eq!(listed["papers"]["nodes"], json!([{ "title": "Of CS.cl" }]));
}
