//! GraphiQL: which clients get the page, and that it loads nothing from other sites.

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::support::stack::project;
use crate::support::{Process, Stack, tools};

/// The Accept header of a browser that opens an address.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

async fn get(server: &Process, path: &str, accept: &str) -> Response {
    reqwest::Client::new().get(server.url(path)).header(ACCEPT, accept).send().await.unwrap()
}

fn media_type(response: &Response) -> &str {
    response.headers()[CONTENT_TYPE].to_str().unwrap().split(';').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_get_graphiql_and_programs_get_json() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    for path in ["/graphql", "/graphql?query=%7B__typename%7D"] {
        let page = get(&server, path, BROWSER).await;
        assert_eq!((page.status(), media_type(&page)), (StatusCode::OK, "text/html"), "{path}");
        assert_eq!(page.headers()["vary"], "accept");
        let html = page.text().await.unwrap();
        assert!(html.contains("GraphiQL"), "{html}");
        let loads_from_elsewhere =
            html.contains("src=\"http") || html.contains("rel=\"stylesheet\" href=\"http");
        assert!(!loads_from_elsewhere, "{html}");
    }
    let query = "/graphql?query=%7B__typename%7D";
    for accept in
        ["*/*", "application/json", "application/graphql-response+json", "application/json, text/html"]
    {
        let answer = get(&server, query, accept).await;
        assert!(media_type(&answer).ends_with("json"), "{accept}");
        assert_eq!(answer.json::<Value>().await.unwrap()["data"], json!({ "__typename": "Query" }));
    }
    // A POST gets a response, even from a browser.
    let posted = reqwest::Client::new().post(server.url("/graphql")).header(ACCEPT, BROWSER);
    let answer = posted.json(&json!({ "query": "{ __typename }" })).send().await.unwrap();
    assert_eq!(media_type(&answer), "application/json");
}

#[tokio::test(flavor = "multi_thread")]
async fn graphiql_is_not_served_if_turned_off() {
    let stack = Stack::new().await;
    stack.set("GRAPHIQL", "false");
    let server = stack.serve().await;
    let query = "/graphql?query=%7B__typename%7D";
    assert_eq!(media_type(&get(&server, query, BROWSER).await), "application/json");
    assert_eq!(get(&server, query, "text/html").await.status(), StatusCode::NOT_ACCEPTABLE);
    for file in ["graphiql-start.js", "graphiql/graphiql.js"] {
        let answer = get(&server, &format!("/static/{file}"), "*/*").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn graphiql_loads_its_own_files_or_tells_how_to_build_them() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let page = get(&server, "/graphql", BROWSER).await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("http"), "{policy}");
    let html = page.text().await.unwrap();
    // The build embeds the files if they are there, so both are the same here.
    if !project().join("api/static/graphiql").exists() {
        assert!(html.contains("make graphiql") && !html.contains("<script"), "{html}");
        return tools::left_out("the files of GraphiQL", "they are not there: make graphiql");
    }
    assert!(policy.contains("script-src 'self';"), "{policy}");
    // Style sheet, scripts and workers.
    let loaded: Vec<&str> = html.split('"').filter(|value| value.starts_with('/')).collect();
    assert!(loaded.len() == 6 && !html.contains("<script>"), "{html}");
    for path in loaded {
        let file = get(&server, path, "*/*").await;
        assert_eq!(file.status(), StatusCode::OK, "{path}");
        let wanted = if path.contains(".css") { "text/css" } else { "text/javascript" };
        assert_eq!(media_type(&file), wanted, "{path}");
        assert_eq!(file.headers()["cache-control"], "public, max-age=31536000, immutable", "{path}");
        let is_ours = path.ends_with("/graphiql-start.js");
        assert_eq!(file.headers().contains_key("content-encoding"), !is_ours, "{path}");
        let tag = file.headers()["etag"].clone();
        let again = reqwest::Client::new().get(server.url(path)).header("if-none-match", tag);
        assert_eq!(again.send().await.unwrap().status(), StatusCode::NOT_MODIFIED, "{path}");
    }
    assert_eq!(get(&server, "/static/graphiql/nothing", "*/*").await.status(), StatusCode::NOT_FOUND);
}
