//! What an operation is answered, whatever carries the answer.
//!
//! async-graphql writes `"data": null` even if nothing was executed; the specification (section 7.1) wants
//! no entry then. A document can be wrong in thousands of places: some are told.

use async_graphql::{Pos, Response, ServerError, Value};
use serde::Serialize;

use crate::ErrorCode as Code;
use crate::quota::Budget;

/// Errors in an answer.
const MAX_ERRORS: usize = 20;

/// Data, errors, or both; every error has a code.
#[derive(Debug, Serialize)]
pub struct GraphqlResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: Vec<ServerError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<Extensions>,
}

#[derive(Debug, Serialize)]
struct Extensions {
    cost: Cost,
}

/// What the operation was charged, and what one may cost at most, in points.
#[derive(Debug, Serialize)]
struct Cost {
    requested: u64,
    maximum: u64,
}

impl GraphqlResponse {
    /// With what the operation was charged.
    pub(crate) fn charged(self, points: u64, maximum: u64) -> Self {
        let cost = Cost { requested: points, maximum };
        Self { extensions: Some(Extensions { cost }), ..self }
    }

    /// The answer to what is not executed.
    pub(crate) fn refusal(code: Code, message: impl Into<String>) -> Self {
        let error = code.error(message).into_server_error(Pos::default());
        Self { data: None, errors: vec![ServerError { locations: Vec::new(), ..error }], extensions: None }
    }

    /// The answer to what comes too soon.
    pub(crate) fn too_soon(budget: Budget) -> Self {
        let message = format!("You have used up your points. Try again in {} s.", budget.retry_after);
        Self::refusal(Code::RateLimited, message)
    }

    /// Whether it is the answer of an operation that was executed.
    pub(crate) fn was_executed(&self) -> bool {
        self.data.is_some()
    }

    pub(crate) fn errors(&self) -> &[ServerError] {
        &self.errors
    }
}

impl From<Response> for GraphqlResponse {
    fn from(response: Response) -> Self {
        let Response { data, mut errors, .. } = response;
        // What was executed has data, or an error with the path of the field that brought it down.
        let was_executed = data != Value::Null || errors.iter().any(|error| !error.path.is_empty());
        errors.truncate(MAX_ERRORS);
        for error in &mut errors {
            if error.extensions.as_ref().is_none_or(|extensions| extensions.get("code").is_none()) {
                // What async-graphql itself finds wrong is wrong with the request.
                error.extensions.get_or_insert_default().set("code", Code::BadRequest.as_str());
            }
        }
        Self { data: was_executed.then_some(data), errors, extensions: None }
    }
}
