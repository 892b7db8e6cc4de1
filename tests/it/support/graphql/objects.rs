//! Objects of the schema that many tests read.

use serde::Deserialize;
use serde_json::Value;

/// The query of [`super::Client::viewer`].
pub const VIEWER: &str =
    "{ viewer { id handle displayName role email accessTokens { id name lastUsedAt expiresOn } } }";

/// The user of a token.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Viewer {
    pub id: String,
    pub role: String,
    pub email: Option<String>,
    pub access_tokens: Vec<Value>,
}

/// A subscription by e-mail, with what `journey::SUBSCRIPTION` selects of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailSubscription {
    pub id: String,
    pub email: String,
    pub status: String,
    pub suppression: Option<String>,
    pub cadence: String,
    pub time_zone: String,
    pub weekdays: Vec<String>,
    pub max_papers: u32,
    pub next_digest_at: Option<String>,
    pub paused_until: Option<String>,
    pub filter: Value,
    /// Those of [`super::super::journey::own`]; empty elsewhere.
    #[serde(default, deserialize_with = "nodes_of")]
    pub deliveries: Vec<Value>,
}

fn nodes_of<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    Value::deserialize(deserializer).map(|connection| nodes(&connection).to_vec())
}

/// Whether digests are sent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendingState {
    pub paused_at: Option<String>,
    pub reason: Option<String>,
    pub open_circuits: Vec<String>,
    pub queued: u32,
}

/// The nodes of a connection.
pub fn nodes(connection: &Value) -> &[Value] {
    connection["nodes"].as_array().unwrap_or_else(|| panic!("no nodes: {connection:#}"))
}

/// The titles of the papers of a connection.
pub fn titles(connection: &Value) -> Vec<String> {
    nodes(connection).iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect()
}

/// Where a page of a connection begins and ends.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PageInfo {
    pub has_next_page: bool,
    pub has_previous_page: bool,
    pub start_cursor: Option<String>,
    pub end_cursor: Option<String>,
}

impl PageInfo {
    /// That of a connection; what it does not select is false or none.
    pub fn of(connection: &Value) -> Self {
        let info = &connection["pageInfo"];
        Self::deserialize(info).unwrap_or_else(|error| panic!("{error}: {connection:#}"))
    }
}
