//! What can be wrong with the folder of a model.

use std::{io, path::PathBuf};

/// The result of reading or installing a model.
pub type Result<T, E = ModelError> = std::result::Result<T, E>;

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A file is missing or cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// A file is larger than such a file ever is.
    #[error("{} has {bytes} bytes; the maximum is {max}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The maximum.
        max: u64,
    },
    /// A JSON file is not what its name says.
    #[error("{} is not a valid file of its kind", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What its parser says.
        #[source]
        source: serde_json::Error,
    },
    /// The folder holds something that is not supported or contradicts itself.
    #[error("{} cannot be used: {reason}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// A clause that says why.
        reason: String,
    },
    /// A file differs from the one that the table of models names.
    #[error("{} is not the file of the model: its {what} is {found} instead of {expected}", path.display())]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// "size" or "SHA-256".
        what: &'static str,
        /// As it is.
        found: String,
        /// As it must be.
        expected: String,
    },
    /// A file cannot be fetched.
    #[error("{url} cannot be fetched")]
    Fetch {
        /// The address.
        url: String,
        /// The client's error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
