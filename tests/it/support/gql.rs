//! A GraphQL client.

use serde_json::{Value, json};

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

impl Client {
    pub fn new(url: String, token: Option<String>) -> Self {
        Self { http: reqwest::Client::new(), url, token }
    }

    /// The whole answer.
    pub async fn raw(&self, query: &str, variables: Value) -> Value {
        let mut request = self.http.post(&self.url).json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap().json().await.unwrap()
    }

    /// The data of an answer without errors.
    pub async fn ok(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.raw(query, variables).await;
        assert!(answer.get("errors").is_none(), "{answer:#}");
        answer["data"].take()
    }

    /// The data of an answer to a query without variables.
    pub async fn get(&self, query: &str) -> Value {
        self.ok(query, json!({})).await
    }

    /// The code of the first error.
    pub async fn code(&self, query: &str, variables: Value) -> String {
        let answer = self.raw(query, variables).await;
        answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{answer:#}")).to_owned()
    }
}

/// The codes and fields of a payload's userErrors: `INVALID input.email`.
pub fn problems(payload: &Value) -> Vec<String> {
    let errors = payload["userErrors"].as_array().unwrap_or_else(|| panic!("{payload:#}"));
    errors
        .iter()
        .map(|error| {
            let field = error["field"]
                .as_array()
                .map(|parts| parts.iter().map(|part| part.as_str().unwrap()).collect::<Vec<_>>().join("."));
            format!("{} {}", error["code"].as_str().unwrap(), field.unwrap_or_default()).trim().to_owned()
        })
        .collect()
}
