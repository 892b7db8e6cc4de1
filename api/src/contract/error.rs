//! Errors of the API and their kinds.
//!
//! What the person can mend in a mutation goes into the payload's `userErrors`. Everything else is a GraphQL
//! error with `extensions.code`, one of [`graphql_server::ErrorCode`]. The cause of an internal error is logged with a number, and
//! the client is told the number only.

use async_graphql::{Enum, Error, SimpleObject};
use domain::error::{UserError as DomainUserError, UserErrorCode as DomainCode};
use graphql_server::ErrorCode as Code;

use crate::visitor::Refusal;

/// The GraphQL error for a domain error in a field that has no `userErrors`.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
pub fn into_graphql(error: domain::Error) -> Error {
    to_graphql(&error)
}

/// As [`into_graphql`], for an error that several fields share.
#[must_use]
pub fn to_graphql(error: &domain::Error) -> Error {
    match error {
        domain::Error::User(_) => Code::BadRequest.error(error.to_string()),
        error if error.is_unavailable() => {
            tracing::error!(%error, "the database cannot be reached");
            Code::Unavailable.error("The service is not available right now.")
        }
        error => internal(error),
    }
}

/// Logs the cause and tells the client a number to ask for it.
fn internal(cause: &domain::Error) -> Error {
    let reference = domain::random::name();
    tracing::error!(%cause, reference, "internal error");
    Code::Internal.error(format!("Something went wrong. The error number is {reference}."))
}

/// A problem that the sender of a mutation can fix.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// The kind of problem.
    code: UserErrorCode,
    /// The problem in a sentence.
    message: String,
    /// The path in the input, such as input and timeZone; null if it is not about a single field.
    field: Option<Vec<String>>,
}

/// The kinds of problems that a person can fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainCode")]
pub enum UserErrorCode {
    /// The value is not valid.
    Invalid,
    /// A value is missing.
    Required,
    /// A text exceeds its limit.
    TooLong,
    /// A list exceeds its limit.
    TooMany,
    /// The name is already in use.
    Taken,
    /// The token has expired.
    Expired,
    /// Nothing has this identifier.
    NotFound,
    /// It contradicts the current state.
    Conflict,
    /// A limit for a period of time was reached.
    LimitReached,
}

impl From<DomainUserError> for UserError {
    fn from(error: DomainUserError) -> Self {
        let field = (!error.field.is_empty()).then_some(error.field);
        Self { code: error.code.into(), message: error.message, field }
    }
}

/// What a mutation answers: what it made, or what the person can mend.
///
/// # Errors
/// Those that the person cannot mend.
pub fn outcome<T>(result: domain::Result<T>) -> async_graphql::Result<(Option<T>, Vec<UserError>)> {
    match result {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(domain::Error::User(errors)) => Ok((None, errors.into_iter().map(Into::into).collect())),
        Err(error) => Err(into_graphql(error)),
    }
}

/// The same for what a client may ask for only so often.
///
/// # Errors
/// `RATE_LIMITED` if it asked too often; those that the person cannot mend.
pub(crate) fn visitor_outcome<T>(
    result: Result<T, Refusal>,
) -> async_graphql::Result<(Option<T>, Vec<UserError>)> {
    match result {
        Ok(value) => outcome(Ok(value)),
        Err(Refusal::Domain(error)) => outcome(Err(error)),
        Err(error @ (Refusal::TooManyMails | Refusal::TooManySignIns)) => {
            Err(Code::RateLimited.error(error.to_string()))
        }
    }
}
