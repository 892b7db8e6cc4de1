//! A GraphQL client, and the types of what it reads: responses, payloads of mutations, and objects that many tests read.

mod objects;
mod response;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use objects::{EmailSubscription, PageInfo, SendingState, VIEWER, Viewer, nodes, titles};
pub use response::{GraphqlResponse, NO_ERRORS, Payload};

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

    /// The response, whether it has errors or not.
    pub async fn execute(&self, query: &str, variables: Value) -> GraphqlResponse {
        let mut request = self.http.post(&self.url).json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap().json().await.unwrap()
    }

    /// The data of a response without errors.
    pub async fn ok(&self, query: &str, variables: Value) -> Value {
        self.execute(query, variables).await.into_data()
    }

    /// The data of a response without errors to a query without variables.
    pub async fn get(&self, query: &str) -> Value {
        self.ok(query, json!({})).await
    }

    /// The only field of the data of a response without errors to a query without variables.
    pub async fn field(&self, query: &str) -> Value {
        self.field_with(query, json!({})).await
    }

    /// The only field of the data of a response without errors.
    pub async fn field_with(&self, query: &str, variables: Value) -> Value {
        let Value::Object(data) = self.ok(query, variables).await else { panic!("no data: {query}") };
        let mut fields = data.into_iter();
        let (_, value) = fields.next().unwrap_or_else(|| panic!("no field: {query}"));
        assert!(fields.next().is_none(), "more than one field: {query}");
        value
    }

    /// The only field of the data, as a type.
    pub async fn read<T: DeserializeOwned>(&self, query: &str, variables: Value) -> T {
        let value = self.field_with(query, variables).await;
        T::deserialize(&value).unwrap_or_else(|error| panic!("{error}: {value:#}"))
    }

    /// The payload of a mutation; it may have user errors.
    pub async fn mutate(&self, mutation: &str, variables: Value) -> Payload {
        Payload(self.field_with(mutation, variables).await)
    }

    /// The code of the first error.
    pub async fn code(&self, query: &str, variables: Value) -> String {
        let response = self.execute(query, variables).await;
        response.error_code().unwrap_or_else(|| panic!("{response:#}")).to_owned()
    }

    /// The user of the token; `None` without one.
    pub async fn viewer(&self) -> Option<Viewer> {
        self.read(VIEWER, json!({})).await
    }

    /// The identifier of a paper that must be there.
    pub async fn paper_id(&self, arxiv_id: &str) -> String {
        let query = "query($id: String!) { paper(arxivId: $id) { id } }";
        let paper = self.field_with(query, json!({ "id": arxiv_id })).await;
        paper["id"].as_str().unwrap_or_else(|| panic!("no paper {arxiv_id}")).to_owned()
    }
}
