//! Papers and the feeds of days that list them, as readers see them and curators change them.

mod categories_and_authors;
mod curation;
mod feed_days;
mod feeds_and_editions;
mod filters_and_orders;
mod node_identifiers;
mod paper_fields;
mod planned_days;
mod withdrawn_papers;

use serde_json::{Value, json};

use crate::support::fixtures::{import_day, item, write_day};
use crate::support::{Process, Stack};

async fn stack_with_papers() -> (Stack, Process) {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-05", 1..6);
    import_day(&stack, "2026-01-06", 10..13);
    let server = stack.serve().await;
    (stack, server)
}

const CREATE: &str = "mutation($input: PaperInput!) { createPaper(input: $input) { \
    paper { id withdrawnOn pdfUrl categories { code } } userErrors { code field message } } }";

/// Paper `number`, submitted at an instant.
fn submitted(number: u32, at: &str) -> Value {
    let mut item = item(number, 5);
    item["paper"]["submittedOnDailyAt"] = json!(at);
    item
}

/// Imports a file whose name is not a day; answers the texts on standard output and standard error.
fn import(stack: &Stack, name: &str, items: &[Value]) -> (String, String) {
    stack.done(&["migrate"]);
    let path = write_day(stack, name, items);
    let output = stack.run(&["import", "hf-daily", path.to_str().unwrap()]);
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

async fn page(server: &Process, path: &str) -> String {
    let answer = reqwest::get(server.url(path)).await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.text().await.unwrap()
}

/// The live event of a featured paper.
fn featured(paper: &Value) -> Value {
    json!({ "type": "next", "id": "all", "payload": { "data": { "paperFeatured": paper } } })
}
