//! Transports of operations: HTTP, `WebSocket`, server-sent events, and GraphiQL.

mod error_responses;
mod graphiql;
mod graphql_http_audit;
mod graphql_over_http;
mod live_events;
mod server_sent_events;
mod websocket_operations;
mod websocket_protocol;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::journey::create_paper;
use crate::support::{Client, Process, Stack};

/// Creates a paper of a category; answers its identifier.
async fn paper(curator: &Client, title: &str, category: &str) -> String {
    let input =
        json!({ "title": title, "abstract": "A.", "publishedOn": "2026-01-02", "categories": [category] });
    create_paper(curator, input).await
}

const JSON: &str = "application/json";

const RESPONSE: &str = "application/graphql-response+json";

async fn server() -> (Stack, Process) {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    (stack, server)
}

fn request(server: &Process, method: Method, query_string: &str) -> RequestBuilder {
    reqwest::Client::new().request(method, server.url(&format!("/graphql{query_string}")))
}

fn post(server: &Process, body: &Value) -> RequestBuilder {
    request(server, Method::POST, "").json(body)
}
