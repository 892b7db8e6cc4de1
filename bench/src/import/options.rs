//! What can be set, and where the programs are that the driver runs.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Parser;

use crate::surroundings::{beside, environment};

use super::service::BackEnd;

/// Measures imports of arXiv's snapshot into SQLite and Postgres beside the bulk load of each
///
/// It wants a Postgres on this machine and a Redis, in `TEST_POSTGRES_URL` and `TEST_REDIS_URL`, as scripts/bench-import
/// has them, and the program sqlite3.
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// Lines of the snapshot
    #[arg(long, default_value_t = 500_000, value_parser = clap::value_parser!(u32).range(1_000..=3_000_000))]
    pub lines: u32,
    /// The seed of the generated texts
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// One back end alone
    #[arg(long, value_enum)]
    pub only: Option<BackEnd>,
}

/// Where what the driver runs is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// `postgres://…`, without a database.
    pub(super) postgres: String,
    /// `redis://…`, without a number.
    pub(super) redis: String,
    pub(super) daily_papers: PathBuf,
}

impl Options {
    /// Looks for everything.
    ///
    /// # Errors
    /// If something is missing.
    pub(super) fn place() -> Result<Place> {
        let wanted = "run this by `make bench-import`, or beside scripts/with-servers";
        let variable = |name: &str| environment(name).with_context(|| format!("{name} is not set; {wanted}"));
        Ok(Place {
            postgres: variable("TEST_POSTGRES_URL")?,
            redis: variable("TEST_REDIS_URL")?,
            daily_papers: beside("daily-papers")?,
        })
    }
}
