//! The benchmark of the GraphQL API, as `make bench-api` runs it.
//!
//! The same three operations are asked of `daily-papers`, of a server written by hand for nothing but them
//! (the ceiling: what this framework, this driver and this database could do at best), and of one on Node; the
//! database alone is asked the ceiling's statements. All in one run and in turns, because a machine is never as
//! fast as it was a minute ago: what counts are the ratios.
//!
//! Nothing here is part of the service, and nothing of the service is used here: the driver knows its tables,
//! its settings and its contract, as any operator does.

pub mod ceiling;
pub mod driver;
pub mod operations;
