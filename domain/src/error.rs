//! The one error type of the domain.
//!
//! Problems that the person at the other end can mend are an [`Error::User`], with one [`UserError`] a problem and the path
//! of the input that it is about. Everything else is for the operator: it is logged when it is caught, and never shown to a
//! client. An error that has a cause keeps it as its source.

use db::WorkError;
use sea_orm::DbErr;

/// The result of a domain function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of a domain function.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request cannot be fulfilled; nothing was written.
    #[error("{}", .0.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; "))]
    User(Vec<UserError>),
    /// The database refused or was not reached.
    #[error("database: {0}")]
    Database(#[from] db::Error),
    /// A message could not be built.
    #[error("message: {0}")]
    Encoding(#[from] smtp::Error),
    /// A step failed that is neither the input's fault nor the database's.
    #[error("{step}: {source}")]
    Failed {
        /// The step.
        step: &'static str,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A state that should be impossible.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// One problem of the input at `field`, a path such as `["input", "timeZone"]`.
    #[must_use]
    pub fn user(code: UserErrorCode, field: &[&str], message: impl Into<String>) -> Self {
        UserError::new(code, field, message).into()
    }

    /// Makes an error of the cause for which a step failed: `.map_err(Error::failed("the import"))`.
    pub fn failed<E>(step: &'static str) -> impl FnOnce(E) -> Self + Copy
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        move |cause| Self::Failed { step, source: Box::new(cause) }
    }

    /// Whether it is a problem of this kind that the person can mend.
    #[must_use]
    pub fn is_user(&self, code: UserErrorCode) -> bool {
        matches!(self, Self::User(problems) if problems.iter().any(|problem| problem.code == code))
    }

    /// Whether the same work may succeed when it is simply done again: a serialisation failure, a
    /// deadlock, or a writer that held the SQLite file for too long.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.as_database().is_some_and(db::Error::is_transient)
    }

    /// Whether the database could not be reached at all.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.as_database().is_some_and(db::Error::is_unavailable)
    }
}

impl WorkError for Error {
    fn as_database(&self) -> Option<&db::Error> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}

/// A problem that the person can fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// The kind of problem.
    pub code: UserErrorCode,
    /// The problem in a sentence.
    pub message: String,
    /// The path in the input, such as `["input", "timeZone"]`; empty if it is about no one field.
    pub field: Vec<String>,
}

impl UserError {
    /// A problem of the input at `field`.
    #[must_use]
    pub fn new(code: UserErrorCode, field: &[&str], message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: field.iter().map(|&part| part.to_owned()).collect() }
    }

    /// The same problem, its field below this path.
    #[must_use]
    pub fn below(mut self, path: &[&str]) -> Self {
        self.field.splice(..0, path.iter().map(|&part| part.to_owned()));
        self
    }
}

/// The maximum number of characters of an input that an error message repeats.
const MAX_QUOTED: usize = 60;

/// Input of a person, shortened for an error message.
#[must_use]
pub fn clip(text: &str) -> String {
    text.chars().take(MAX_QUOTED).collect()
}

impl From<UserError> for Error {
    fn from(problem: UserError) -> Self {
        Self::User(vec![problem])
    }
}

/// The kinds of problems that a person can fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the contract, which has the same values, says what each means")]
pub enum UserErrorCode {
    Invalid,
    Required,
    TooLong,
    TooMany,
    Taken,
    Expired,
    NotFound,
    Conflict,
    LimitReached,
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::io;

    use super::*;

    #[test]
    fn a_failed_step_keeps_its_cause() {
        let cause = Err::<(), _>(io::Error::from(io::ErrorKind::UnexpectedEof));
        let error = cause.map_err(Error::failed("the sample papers")).unwrap_err();
        assert_eq!(error.to_string(), "the sample papers: unexpected end of file");
        let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::UnexpectedEof));
    }
}
