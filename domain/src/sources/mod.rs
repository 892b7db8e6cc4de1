//! Where papers come from. A source is a pure parser (bytes in, papers or reasons out); one pipeline,
//! [`import`], puts what it found into the database.

pub mod hf_daily;
pub mod import;
mod python_literal;
pub mod runs;
pub mod sample;
