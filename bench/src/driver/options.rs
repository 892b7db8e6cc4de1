//! What can be set, and where the programs are that the driver runs.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Parser;

use crate::surroundings::{beside, environment};

/// Measures the GraphQL API beside a ceiling, the database alone and a server on Node
///
/// It wants a Postgres on this machine and a Redis, in `TEST_POSTGRES_URL` and `TEST_REDIS_URL`, as
/// scripts/with-servers has them.
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// Seconds of one measurement
    #[arg(long, default_value_t = 4)]
    pub seconds: u32,
    /// Rounds; each measures everything once, in another order
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
    /// Papers in the database
    #[arg(long, default_value_t = 100_000)]
    pub papers: u32,
    /// Comments in the database
    #[arg(long, default_value_t = 20_000)]
    pub comments: u32,
    /// Connections of the load generator
    #[arg(long, default_value_t = 16)]
    pub clients: u32,
    /// Connections to the database that a server has
    #[arg(long, default_value_t = 10)]
    pub connections: u32,
    /// The folder of the server on Node, its packages installed; without it, it is left out
    #[arg(long)]
    pub mercurius: Option<PathBuf>,
}

/// Threads or processes of a server that answer; as many as actix takes for the service.
pub(super) fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Where what the driver runs is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// `postgres://…`, without a database.
    pub(super) postgres: String,
    /// `redis://…`, without a number.
    pub(super) redis: String,
    pub(super) daily_papers: PathBuf,
    pub(super) ceiling: PathBuf,
    pub(super) pgbench: PathBuf,
}

impl Options {
    /// Looks for everything.
    ///
    /// # Errors
    /// Where something is missing.
    pub(super) fn place(&self) -> Result<Place> {
        if self.papers < 1000 || self.comments < 1000 || self.rounds == 0 || self.seconds == 0 {
            bail!("1,000 papers, 1,000 comments, one round and one second are the least");
        }
        let wanted = "run this by `make bench-api`, or beside scripts/with-servers";
        let variable = |name: &str| environment(name).with_context(|| format!("{name} is not set; {wanted}"));
        let bin = environment("TEST_POSTGRES_BIN").unwrap_or_default();
        Ok(Place {
            postgres: variable("TEST_POSTGRES_URL")?,
            redis: variable("TEST_REDIS_URL")?,
            daily_papers: beside("daily-papers")?,
            ceiling: beside("ceiling")?,
            pgbench: Path::new(&bin).join("pgbench"),
        })
    }
}
