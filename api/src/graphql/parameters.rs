//! The parameters of a request: query, operationName, variables, extensions.

use async_graphql::Variables;
use serde_json::{Map, Value};

/// A well-formed request.
#[derive(Debug)]
pub(super) struct Parameters {
    pub(super) query: String,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
}

/// Reads the body of a POST.
///
/// # Errors
/// What is wrong with it.
pub(super) fn from_body(body: &[u8]) -> Result<Parameters, String> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => from_object(object),
        Ok(Value::Array(_)) => Err("Batches are not taken; send one operation at a time.".to_owned()),
        Ok(_) => Err("The body is no JSON object.".to_owned()),
        Err(_) => Err("The body is no JSON.".to_owned()),
    }
}

/// Reads the query string of a GET. An empty parameter is as good as none.
///
/// # Errors
/// What is wrong with it.
pub(super) fn from_query_string(query_string: &str) -> Result<Parameters, String> {
    let mut object = Map::new();
    for (name, value) in url::form_urlencoded::parse(query_string.as_bytes()) {
        if value.is_empty() {
            continue;
        }
        let value = match name.as_ref() {
            "variables" | "extensions" => {
                serde_json::from_str(&value).map_err(|_| format!("{name} is no JSON."))?
            }
            _ => Value::String(value.into_owned()),
        };
        object.insert(name.into_owned(), value);
    }
    from_object(object)
}

/// Reads the object that holds the parameters.
///
/// # Errors
/// What is wrong with it.
pub(super) fn from_object(mut object: Map<String, Value>) -> Result<Parameters, String> {
    let query = match object.remove("query") {
        Some(Value::String(query)) => query,
        Some(_) => return Err("query is no text.".to_owned()),
        None => return Err("query is missing.".to_owned()),
    };
    let operation_name = match object.remove("operationName") {
        Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
        Some(Value::Null) | None => None,
        Some(_) => return Err("operationName is no text.".to_owned()),
    };
    let variables = match object.remove("variables") {
        Some(variables @ Value::Object(_)) => Variables::from_json(variables),
        Some(Value::Null) | None => Variables::default(),
        Some(_) => return Err("variables is no object.".to_owned()),
    };
    match object.remove("extensions") {
        Some(Value::Object(_) | Value::Null) | None => {}
        Some(_) => return Err("extensions is no object.".to_owned()),
    }
    Ok(Parameters { query, operation_name, variables })
}
