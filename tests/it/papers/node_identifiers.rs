//! Objects by their global identifier.

use serde_json::json;

use super::stack_with_papers;
use crate::support::Client;

#[tokio::test(flavor = "multi_thread")]
async fn nodes_are_found_by_identifier_if_they_are_visible() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    crate::support::journey::subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    let admin = server.admin(&stack);
    let curator = server.curator(&stack);
    let id = |kind: &str, row: u32| data_encoding(&format!("{kind}:{row}"));
    let nodes = async |client: &Client, ids: Vec<String>| {
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
        let nodes = client.field_with(query, json!({ "ids": ids })).await.as_array().unwrap().clone();
        nodes.iter().map(|node| node["__typename"].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>()
    };
    let ids = vec![
        id("Paper", 1),
        id("EmailSubscription", 1),
        id("Delivery", 1),
        id("Edition", 1),
        id("Paper", 999),
        id("Secret", 1),
        "nonsense".to_owned(),
    ];
    let public = ["Paper", "-", "-", "Edition", "-", "-", "-"];
    assert_eq!(nodes(&client, ids.clone()).await, public);
    assert_eq!(nodes(&curator, ids.clone()).await, public);
    let all = ["Paper", "EmailSubscription", "Delivery", "Edition", "-", "-", "-"];
    assert_eq!(nodes(&admin, ids).await, all);
    let node = client
        .field_with(
            "query($id: ID!) { node(id: $id) { ... on Paper { title } } }",
            json!({ "id": id("Paper", 1) }),
        )
        .await;
    assert_eq!(node["title"], "Paper 1");
    let code = client
        .code("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": vec!["x"; 101] }))
        .await;
    assert_eq!(code, "BAD_REQUEST");
    // An administrator sees the recipient and the reply.
    let query = "query($id: ID!) { node(id: $id) { ... on Delivery { email reply status } } }";
    let delivery = admin.field_with(query, json!({ "id": id("Delivery", 1) })).await;
    assert_eq!(delivery["email"], "ada@example.org");
    assert!(delivery["reply"].as_str().unwrap().starts_with("250"), "{delivery}");
}

fn data_encoding(text: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let number = chunk.iter().fold(0_u32, |number, &byte| number << 8 | u32::from(byte))
            << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            let digit = usize::try_from(number >> (18 - 6 * place) & 63).unwrap();
            encoded.push(char::from(DIGITS[digit]));
        }
    }
    encoded
}
