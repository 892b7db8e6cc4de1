//! The codes of GraphQL errors.

use async_graphql::{Error, ErrorExtensions as _};

/// `extensions.code` of a GraphQL error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// No valid token.
    Unauthenticated,
    /// The person may not do this.
    Forbidden,
    /// Too many requests.
    RateLimited,
    /// The operation is too large.
    TooComplex,
    /// The request is wrong.
    BadRequest,
    /// It took too long.
    Timeout,
    /// The database cannot be reached.
    Unavailable,
    /// No known document has this hash.
    PersistedQueryNotFound,
    /// A fault of the service.
    Internal,
}

impl ErrorCode {
    /// The code as it is sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::RateLimited => "RATE_LIMITED",
            Self::TooComplex => "TOO_COMPLEX",
            Self::BadRequest => "BAD_REQUEST",
            Self::Timeout => "TIMEOUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::Internal => "INTERNAL",
        }
    }

    /// An error of this code.
    pub fn error(self, message: impl Into<String>) -> Error {
        Error::new(message.into()).extend_with(|_, extensions| extensions.set("code", self.as_str()))
    }
}
