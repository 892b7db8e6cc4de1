//! Pages in a browser without JavaScript.

mod headers_and_methods;
mod papers_and_feeds;
mod static_files;
mod subscription_forms;
mod unsubscribe_and_undo;

use reqwest::StatusCode;

use crate::support::fixtures::import_day;
use crate::support::{Process, Stack};

async fn stack_with_papers() -> (Stack, Process) {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-05", 1..4);
    import_day(&stack, "2026-01-06", 10..13);
    let server = stack.serve().await;
    (stack, server)
}

async fn get(server: &Process, path: &str) -> (StatusCode, String) {
    let answer = reqwest::get(server.url(path)).await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn post(server: &Process, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
    let answer = reqwest::Client::new().post(server.url(path)).form(fields).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

/// The path and query of a link in a mail.
fn path(link: &str) -> &str {
    link.strip_prefix("https://papers.example.org").unwrap()
}
