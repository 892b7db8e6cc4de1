//! Where papers come from. A source is a pure parser (bytes in, papers or reasons out); one pipeline,
//! [`import`], puts what it found into the database. The command line runs it in its own process; what
//! administrators order, [`import_jobs`], a worker does.

mod fields;
mod files;
pub mod hf_daily;
pub mod import;
pub mod import_jobs;
mod import_runs;
mod lenient;
pub mod runs;
pub mod sample;

pub use fields::Warning;
