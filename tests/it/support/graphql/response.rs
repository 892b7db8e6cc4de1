//! Responses of GraphQL, over HTTP or a stream, and payloads of mutations.

use std::fmt::{Display, Formatter, Result};
use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What [`Payload::user_errors`] answers if there are none.
pub const NO_ERRORS: [&str; 0] = [];

/// A response: data, errors, extensions.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct GraphqlResponse(Value);

impl GraphqlResponse {
    pub fn has_data(&self) -> bool {
        self.0.get("data").is_some()
    }

    pub fn has_errors(&self) -> bool {
        self.0.get("errors").is_some()
    }

    pub fn data(&self) -> &Value {
        &self.0["data"]
    }

    /// The data of a response without errors.
    pub fn into_data(mut self) -> Value {
        assert!(!self.has_errors(), "{self:#}");
        self.0["data"].take()
    }

    /// The payload of a mutation.
    pub fn payload(&self, mutation: &str) -> Payload {
        Payload(self.data()[mutation].clone())
    }

    /// The errors; empty if there are none.
    pub fn errors(&self) -> &[Value] {
        self.0["errors"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The code of the first error.
    pub fn error_code(&self) -> Option<&str> {
        self.errors().first()?["extensions"]["code"].as_str()
    }

    /// The message of the first error, which must be there.
    pub fn error_message(&self) -> &str {
        let first = self.errors().first().and_then(|error| error["message"].as_str());
        first.unwrap_or_else(|| panic!("no error: {self:#}"))
    }

    /// The cost of the operation in points.
    pub fn cost(&self) -> u64 {
        let cost = self.0["extensions"]["cost"]["requested"].as_u64();
        cost.unwrap_or_else(|| panic!("no cost: {self:.300}"))
    }
}

impl From<Value> for GraphqlResponse {
    fn from(response: Value) -> Self {
        Self(response)
    }
}

impl PartialEq<Value> for GraphqlResponse {
    fn eq(&self, other: &Value) -> bool {
        self.0 == *other
    }
}

impl Deref for GraphqlResponse {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl Display for GraphqlResponse {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        self.0.fmt(formatter)
    }
}

/// The payload of a mutation.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload(pub Value);

impl Payload {
    /// The codes and fields of the user errors: `INVALID input.email`.
    pub fn user_errors(&self) -> Vec<String> {
        let described = |error: &Value| {
            let path = error["field"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let code = error["code"].as_str().unwrap_or_else(|| panic!("no code: {self:#}"));
            format!("{code} {}", path.collect::<Vec<_>>().join(".")).trim().to_owned()
        };
        self.errors().iter().map(described).collect()
    }

    /// The message of the first user error, which must be there.
    pub fn error_message(&self) -> &str {
        let first = self.errors().first().and_then(|error| error["message"].as_str());
        first.unwrap_or_else(|| panic!("no user error with a message: {self:#}"))
    }

    /// The identifier of an object of the payload, which must be there.
    pub fn id(&self, object: &str) -> String {
        let id = self.0[object]["id"].as_str();
        id.unwrap_or_else(|| panic!("no {object}: {self:#}")).to_owned()
    }

    /// An object of the payload, as a type.
    pub fn read<T: DeserializeOwned>(&self, object: &str) -> T {
        T::deserialize(&self.0[object]).unwrap_or_else(|error| panic!("{error}: {self:#}"))
    }

    /// A text of the payload, which must be there.
    pub fn text(&self, field: &str) -> &str {
        self.0[field].as_str().unwrap_or_else(|| panic!("no {field}: {self:#}"))
    }

    fn errors(&self) -> &[Value] {
        self.0["userErrors"].as_array().unwrap_or_else(|| panic!("no list of user errors: {self:#}"))
    }
}

impl PartialEq<Value> for Payload {
    fn eq(&self, other: &Value) -> bool {
        self.0 == *other
    }
}

impl Deref for Payload {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl Display for Payload {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        self.0.fmt(formatter)
    }
}
