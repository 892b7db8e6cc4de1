//! Responses with errors: without data, with null for failed fields, and without internal details.

use serde_json::json;

use super::{JSON, RESPONSE, post, server};
use crate::support::Stack;
use crate::support::graphql::GraphqlResponse;

#[tokio::test(flavor = "multi_thread")]
async fn responses_to_refused_requests_have_no_data() {
    let (_stack, server) = server().await;
    // 572B, FDE2, 7B9B; 865D, 556A, D586; 51FE, 74FF, 5E5B; 86EE
    let cases = [
        json!({ "query": "{" }),
        json!({ "query": "" }),
        json!({ "query": "{ nothing }" }),
        json!({ "query": "{ feed { period { x } } }" }),
        json!({ "query": "query Q { __typename }", "operationName": "R" }),
        json!({ "query": "query A { __typename } query B { __typename }" }),
        json!({ "query": "query($p: FeedPeriod!) { feed(period: $p) { period } }" }),
        json!({ "query": "query($first: Int) { papers(first: $first) { totalCount } }", "variables": { "first": "x" } }),
        json!({ "query": "query($x: Int) { __typename }" }),
        json!({ "query": "{ ...F } fragment F on Query { __typename } fragment G on Query { __typename }" }),
        json!({ "query": "{ papers { nodes { title: slug title } } }" }),
    ];
    for body in cases {
        for (accept, status) in [(JSON, 200), (RESPONSE, 400)] {
            let response = post(&server, &body).header("accept", accept).send().await.unwrap();
            assert_eq!(response.status(), status, "{body} {accept}");
            let answer: GraphqlResponse = response.json().await.unwrap();
            assert!(!answer.has_data(), "{body}: {answer}");
            assert_eq!(answer.error_code(), Some("BAD_REQUEST"), "{body}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_fields_are_null_and_others_keep_their_order() {
    let stack = Stack::new().await;
    crate::support::fixtures::import_day(&stack, "2026-01-06", 1..3);
    let server = stack.serve().await;
    for (query, data, path) in [
        (
            "{ papers(first: 101) { totalCount } feed { period } }",
            r#"{"papers":null,"feed":{"period":"2026-01-06"}}"#,
            json!(["papers"]),
        ),
        (
            "{ feed { period papers(first: -1) { totalCount } } }",
            r#"{"feed":null}"#,
            json!(["feed", "papers"]),
        ),
        (
            "{ papers { nodes { title authors(first: -1) { name } } } __typename }",
            r#"{"papers":null,"__typename":"Query"}"#,
            json!(["papers", "nodes", 0, "authors"]),
        ),
        ("{ x: papers(first: 101) { totalCount } }", r#"{"x":null}"#, json!(["x"])),
    ] {
        let response =
            post(&server, &json!({ "query": query })).header("accept", RESPONSE).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let text = response.text().await.unwrap();
        assert!(text.starts_with(&format!("{{\"data\":{data},\"errors\":")), "{query}: {text}");
        let answer: GraphqlResponse = serde_json::from_str(&text).unwrap();
        assert_eq!(answer.errors()[0]["path"], path, "{query}");
    }
    let query =
        "{ feed { next startsOn period papers { totalCount nodes { slug title id } } previous endsOn } }";
    let text = post(&server, &json!({ "query": query })).send().await.unwrap().text().await.unwrap();
    let order = [
        "next",
        "startsOn",
        "period",
        "papers",
        "totalCount",
        "nodes",
        "slug",
        "title",
        "id",
        "previous",
        "endsOn",
    ];
    let places: Vec<usize> = order.iter().map(|key| text.find(&format!("\"{key}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn internal_errors_reveal_no_details() {
    let (stack, server) = server().await;
    let database = stack.database().await;
    sea_orm::ConnectionTrait::execute_unprepared(&database, "DROP TABLE edition_paper").await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&database, "DROP TABLE keyword").await.unwrap();
    crate::support::fixtures::write_day(&stack, "2026-01-06", &[]);
    let answer = server
        .client()
        .execute("{ papers(filter: { categories: [\"cs.CL\"] }) { totalCount } edition(cadence: DAILY, period: \"2026-01-06\") { id } }", json!({}))
        .await;
    assert!(!answer.has_errors(), "{answer}");
    let curator = server.curator(&stack);
    let input =
        json!({ "input": { "title": "T", "abstract": "A", "publishedOn": "2026-01-01", "keywords": ["k"] } });
    let answer = curator
        .execute("mutation($input: PaperInput!) { createPaper(input: $input) { paper { id } } }", input)
        .await;
    assert_eq!(answer.error_code(), Some("INTERNAL"));
    let message = answer.error_message();
    for inside in ["keyword", "table", "SQL", "sql", "relation", "DROP", "/"] {
        assert!(!message.contains(inside), "{message}");
    }
    // The number in the message leads to the cause in the log.
    let number = message.trim_end_matches('.').rsplit(' ').next().unwrap();
    crate::support::eventually("the cause is logged", || async {
        server.log().lines().any(|line| line.contains(number) && line.contains("keyword")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_errors_is_limited() {
    let (_stack, server) = server().await;
    let fields: String = (0..1_000).map(|number| format!(" x{number}")).collect();
    let answer = server.client().execute(&format!("{{{fields} }}"), json!({})).await;
    let count = answer["errors"].as_array().unwrap().len();
    assert!((1..=20).contains(&count), "{count}");
}
