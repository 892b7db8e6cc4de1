//! Imports: their input, files ([`input`], [`files`]) or a request over the network ([`request`]); the pipeline that writes
//! what was read ([`pipeline`]); and their runs, made ([`run_rows`]), read ([`runs`]), ordered by administrators ([`jobs`]).

mod files;
mod harvest_run;
pub(super) mod input;
pub mod jobs;
mod patience;
pub mod pipeline;
pub mod request;
mod request_input;
pub(super) mod run_rows;
pub mod runs;
pub mod sample;

pub use input::InputKind;
pub use request_input::RequestInput;
