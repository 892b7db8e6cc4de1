//! The reasons for which there is no document.
//!
//! Always: a message is one sentence that names the host, and never a path or a query, which may hold a secret.

use std::fmt;
use std::time::Duration;

use crate::status::Status;

/// `Result` with the crate's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason for which there is no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The settings of the client cannot be used.
    #[error("{0}")]
    Settings(String),
    /// The address is refused: its scheme, a user in it, or a host on a private network.
    #[error("{0}")]
    Address(String),
    /// A redirect is refused: to another host or port, from https to http, or one too many.
    #[error("{0}")]
    Redirect(String),
    /// The host cannot be found, or no connection to it be made.
    #[error("{0}")]
    Unreachable(String),
    /// A limit of time has passed.
    #[error("{host} {stage} within {}", in_words(*.limit))]
    TooSlow {
        /// The host.
        host: String,
        /// What took too long.
        stage: RequestStage,
        /// The limit.
        limit: Duration,
    },
    /// The response broke off, has more than it states, or cannot be decoded.
    #[error("{0}")]
    CutOff(String),
    /// The head or the body has too many octets.
    #[error("the response of {host} has more than {limit} octets")]
    TooLarge {
        /// The host.
        host: String,
        /// The limit.
        limit: u64,
    },
    /// The body becomes suspiciously large when it is decoded.
    #[error("the response of {host} becomes more than {ratio} times as large when it is decoded")]
    Bomb {
        /// The host.
        host: String,
        /// The limit.
        ratio: u64,
    },
    /// A document of a media type, or in a coding, that was not asked for.
    #[error("{host} sent {}, which was not asked for", named(.found))]
    MediaType {
        /// The host.
        host: String,
        /// The media type that was found; empty if the site states none.
        found: String,
    },
    /// A status that is neither 200 nor an answer to validators.
    #[error("{0}")]
    Status(Status),
}

/// The stage of a request that took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestStage {
    /// The look-up of the host, the connection, and TLS.
    Connect,
    /// The head of the response, or more of its body.
    Idle,
    /// The whole.
    Total,
}

impl fmt::Display for RequestStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "could not be connected to",
            Self::Idle => "sent nothing more",
            Self::Total => "did not send the whole response",
        })
    }
}

impl Error {
    /// The status, if the site answered with one that has no document.
    #[must_use]
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }

    /// Whether another try may help without a change of settings.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Settings(_) | Self::Address(_) | Self::Redirect(_) => false,
            Self::Status(status) => {
                !matches!(status.code, 400..=499) || matches!(status.code, 408 | 425 | 429)
            }
            Self::Unreachable(_)
            | Self::TooSlow { .. }
            | Self::CutOff(_)
            | Self::TooLarge { .. }
            | Self::Bomb { .. }
            | Self::MediaType { .. } => true,
        }
    }
}

fn in_words(limit: Duration) -> String {
    if limit.subsec_millis() == 0 {
        format!("{} seconds", limit.as_secs())
    } else {
        format!("{} milliseconds", limit.as_millis())
    }
}

fn named(media_type: &str) -> &str {
    if media_type.is_empty() { "a document without a media type" } else { media_type }
}
