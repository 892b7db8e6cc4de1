//! The error type of what is built and read here. How far a message got is no error: see [`Attempt`](crate::Attempt).

/// What functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a message was not built, or a setting not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A header, named here, has a value that cannot stand in a message.
    #[error("{0} cannot be written")]
    Header(String),
    /// Without a body there is nothing to sign.
    #[error("a message without a body cannot be signed")]
    NoBody,
    /// The key did not sign.
    #[error("the DKIM key does not sign")]
    Unsigned,
    /// An address of a server, a key or a certificate is not valid. The text ends a sentence that begins with the name
    /// of the setting, and tells no secret.
    #[error("{0}")]
    Setting(String),
}
