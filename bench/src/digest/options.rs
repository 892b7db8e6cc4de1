//! What can be set, and where the programs are that the driver runs.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Parser;

use crate::surroundings::{beside, environment};

/// Measures a run of digests beside smtp-source and nodemailer, all of them sending to smtp-sink
///
/// It wants a Postgres with `pg_stat_statements` on this machine and a Redis, in `TEST_POSTGRES_URL` and
/// `TEST_REDIS_URL`, as scripts/bench-digest has them, and Postfix's smtp-sink and smtp-source.
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// Confirmed subscribers
    #[arg(long, default_value_t = 100_000)]
    pub subscribers: u32,
    /// Of these in the run that is signed by DKIM; 0 leaves it out
    #[arg(long, default_value_t = 20_000)]
    pub signed: u32,
    /// Subscribers of the run on SQLite, in one process; 0 leaves it out
    #[arg(long, default_value_t = 10_000)]
    pub sqlite: u32,
    /// Distinct filters, 300 at most
    #[arg(long, default_value_t = 300)]
    pub filters: u32,
    /// Connections to the mail server, of each sender
    #[arg(long, default_value_t = 4)]
    pub connections: u32,
    /// Messages of smtp-source
    #[arg(long, default_value_t = 50_000)]
    pub source: u32,
    /// Messages of nodemailer
    #[arg(long, default_value_t = 10_000)]
    pub peer: u32,
    /// The folder of nodemailer, installed; without it, it is left out
    #[arg(long)]
    pub nodemailer: Option<PathBuf>,
}

/// Where what the driver runs is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// `postgres://…`, without a database.
    pub(super) postgres: String,
    /// `redis://…`, without a number.
    pub(super) redis: String,
    pub(super) daily_papers: PathBuf,
    pub(super) sink: PathBuf,
    pub(super) source: PathBuf,
}

impl Options {
    /// Looks for everything.
    ///
    /// # Errors
    /// Where something is missing.
    pub(super) fn place(&self) -> Result<Place> {
        if self.subscribers < 1_000 || !(1..=300).contains(&self.filters) || self.connections == 0 {
            bail!("1,000 subscribers, one filter and one connection are the least, 300 filters the most");
        }
        let wanted = "run this by `make bench-digest`, or beside scripts/with-servers";
        let variable = |name: &str| environment(name).with_context(|| format!("{name} is not set; {wanted}"));
        let postfix = |name: &str| {
            let path = Path::new("/usr/sbin").join(name);
            if path.is_file() { path } else { PathBuf::from(name) }
        };
        Ok(Place {
            postgres: variable("TEST_POSTGRES_URL")?,
            redis: variable("TEST_REDIS_URL")?,
            daily_papers: beside("daily-papers")?,
            sink: postfix("smtp-sink"),
            source: postfix("smtp-source"),
        })
    }
}
