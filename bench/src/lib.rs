//! The benchmarks: of the GraphQL API (`make bench-api`), of digests (`make bench-digest`), of imports (`make
//! bench-import`) and of search (`make bench-search`).
//!
//! The API's three operations are asked of `daily-papers`, of a server written by hand for nothing but them
//! (the ceiling: what this framework, this driver and this database could do at best), and of one on Node; the
//! database alone is asked the ceiling's statements. A run of digests goes to Postfix's smtp-sink, beside what its
//! smtp-source and nodemailer send there. All in one run, because a machine is never as fast as it was a minute
//! ago: what counts are the ratios.
//!
//! The crate of search is measured in the process itself, on a judged collection and on generated documents; with
//! `--service`, searches are asked of the whole service as well.
//!
//! Nothing here is part of the service, and but for that crate nothing of the service is used here: the drivers know
//! its tables, its settings and its contract, as any operator does.

pub mod ceiling;
mod database;
pub mod digest;
pub mod driver;
mod http;
pub mod import;
mod interrupt;
pub mod operations;
mod proc;
pub mod search;
mod surroundings;
mod table;
