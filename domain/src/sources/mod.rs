//! Sources of papers. A source is a pure parser (bytes in, papers or reasons out); one pipeline, [`import`], stores its
//! results. The command line runs it in its own process; a worker runs the [`import_jobs`] of administrators.

mod arxiv;
mod fields;
mod files;
pub mod hf_daily;
pub mod import;
pub mod import_jobs;
mod import_runs;
mod input;
mod lenient;
pub mod lookup;
mod network;
mod read;
mod record;
pub mod request;
mod request_input;
pub mod runs;
pub mod sample;
pub mod schedule;

pub use fields::Warning;
pub use input::InputKind;
pub use request_input::RequestInput;
