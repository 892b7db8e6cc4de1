//! Parsers of what arXiv serves.

pub mod atom;
pub mod authors;
mod body;
mod dates;
mod error;
pub mod feed;
mod identifier;
pub mod listing;
pub mod oai;
mod record;
pub mod snapshot;
pub mod taxonomy;
mod text;
pub mod withdrawn;
mod xml;

pub use error::{OaiErrorCode, PageError, RecordError};
pub use identifier::ArxivId;
pub use record::{AnnounceKind, Record, Version, Warning, Withdrawal, WithdrawalEvidence};
