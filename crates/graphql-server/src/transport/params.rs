//! The parameters of a request: query, operationName, variables, extensions.

use std::collections::HashSet;

use async_graphql::Variables;
use serde_json::{Map, Value};

/// Characters of the name of a parameter that a message repeats.
const MAX_NAME_SHOWN: usize = 60;

/// A well-formed request.
#[derive(Debug)]
pub(crate) struct Parameters {
    /// The document; empty if [`Parameters::persisted`] names one.
    pub(crate) query: String,
    /// SHA-256 of the document, hexadecimal, if the client persists it.
    pub(crate) persisted: Option<String>,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Variables,
    /// Whether the request is not to change anything: GET (RFC 9110 section 9.2.1).
    pub(crate) is_safe: bool,
}

/// Reads the body of a POST.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn from_body(body: &[u8]) -> Result<Parameters, String> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => from_object(object),
        Ok(Value::Array(_)) => Err("Batches are not accepted; send one operation at a time.".to_owned()),
        Ok(_) => Err("The body must be a JSON object.".to_owned()),
        Err(_) => Err("The body is not valid JSON.".to_owned()),
    }
}

/// Reads the query string of a GET. An empty parameter is as good as none.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn from_query_string(query_string: &str) -> Result<Parameters, String> {
    let mut names = HashSet::new();
    let mut object = Map::new();
    for (name, value) in url::form_urlencoded::parse(query_string.as_bytes()) {
        if !names.insert(name.clone()) {
            let name: String = name.chars().take(MAX_NAME_SHOWN).collect();
            return Err(format!("The parameter {name:?} appears more than once. Send it once."));
        }
        if value.is_empty() {
            continue;
        }
        let value = match name.as_ref() {
            "variables" | "extensions" => {
                serde_json::from_str(&value).map_err(|_| format!("`{name}` is not valid JSON."))?
            }
            _ => Value::String(value.into_owned()),
        };
        object.insert(name.into_owned(), value);
    }
    Ok(Parameters { is_safe: true, ..from_object(object)? })
}

/// Reads the object that holds the parameters.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn from_object(mut object: Map<String, Value>) -> Result<Parameters, String> {
    let operation_name = match object.remove("operationName") {
        Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
        Some(Value::Null) | None => None,
        Some(_) => return Err("`operationName` must be a string.".to_owned()),
    };
    let variables = match object.remove("variables") {
        Some(variables @ Value::Object(_)) => Variables::from_json(variables),
        Some(Value::Null) | None => Variables::default(),
        Some(_) => return Err("`variables` must be a JSON object.".to_owned()),
    };
    let persisted = match object.remove("extensions") {
        Some(Value::Object(mut extensions)) => persisted(extensions.remove("persistedQuery"))?,
        Some(Value::Null) | None => None,
        Some(_) => return Err("`extensions` must be a JSON object.".to_owned()),
    };
    let query = match object.remove("query") {
        Some(Value::String(query)) => query,
        Some(Value::Null) | None if persisted.is_some() => String::new(),
        Some(_) => return Err("`query` must be a string.".to_owned()),
        None => return Err("`query` is missing.".to_owned()),
    };
    Ok(Parameters { query, persisted, operation_name, variables, is_safe: false })
}

/// The hash of a persisted document, as Apollo's clients send it: `{"version": 1, "sha256Hash": "…"}`.
fn persisted(value: Option<Value>) -> Result<Option<String>, String> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
    let hash = value.get("sha256Hash").and_then(Value::as_str);
    let is_known = value.get("version").and_then(Value::as_u64) == Some(1);
    match hash.filter(|hash| is_known && hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit())) {
        Some(hash) => Ok(Some(hash.to_ascii_lowercase())),
        None => Err("`extensions.persistedQuery` must have version 1 and a sha256Hash.".to_owned()),
    }
}
