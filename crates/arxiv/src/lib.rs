//! Parsers of what arXiv serves: bytes in, records out, or the reason why not.
//!
//! | Module | Reads |
//! | --- | --- |
//! | [`atom`] | pages of the query API |
//! | [`oai`] | responses of OAI-PMH, in the formats `arXiv` and `arXivRaw` |
//! | [`listing`] | the page of a category's newest announcement |
//! | [`feed`] | feeds of announcements, in RSS and Atom |
//! | [`snapshot`] | the snapshot of all metadata, line by line |
//! | [`authors`] | lists of authors, in each form that these have |
//! | [`taxonomy`] | codes of categories |
//!
//! All of them make a [`Record`] of a paper. A page that is not all there is refused as a whole ([`PageError`]); a record
//! that cannot be read is refused alone ([`RecordError`]), and what is left out of one is said ([`Warning`]).
//!
//! Always: no bytes make a parser panic; time grows as the input does; memory is bounded by limits that each module names;
//! nothing is asked of the network, a database or a clock.

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

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
