//! Formats of papers: pure parsers, bytes in, papers or reasons out. They know no database.

pub(super) mod arxiv;
mod fields;
pub mod hf_daily;
mod lenient;
pub(super) mod record;

pub use fields::Warning;
