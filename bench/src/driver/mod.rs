//! The driver: makes the data, starts the servers, sees that they answer the same, measures them in turns, reports.
//!
//! A run fails where something does not work or answers differ. Being slow is no failure: it is what is reported.

mod goals;
mod load;
mod options;
mod pgbench;
mod report;
mod rounds;
mod same;
mod servers;
mod statements;

use anyhow::{Context as _, Result};
use sqlx::{Connection as _, PgConnection};

pub use options::Options;

use crate::database::Database;
use crate::interrupt;
use crate::operations::DAY;
use crate::proc::{self, Tree};
use rounds::Contest;
use servers::Fleet;

/// The name of the database.
const NAME: &str = "bench_api";

/// Runs the benchmark and prints what it found.
///
/// # Errors
/// Where something does not work, or two servers answer differently.
#[expect(clippy::print_stdout, reason = "the report is what it is for")]
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    interrupt::listen(runtime.handle())?;
    let folder = tempfile::tempdir().context("a temporary folder")?;
    let place = options.place()?;
    let database = runtime.block_on(Database::create(&place.postgres, NAME))?;
    servers::migrate(&place, &database, folder.path())?;
    say(&format!("{} papers, {} comments are being written", options.papers, options.comments));
    runtime.block_on(database.seed(options.papers, options.comments, DAY))?;
    let (postmaster, statements) = runtime.block_on(async {
        let mut connection = PgConnection::connect(&database.url).await?;
        let statements = statements::gather(&mut connection).await?;
        let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await?;
        anyhow::Ok((proc::parent(u32::try_from(backend)?)?, statements))
    })?;
    let fleet = Fleet::start(options, &place, &database, folder.path())?;
    same::check(&fleet)?;
    let contest = Contest {
        options,
        fleet: &fleet,
        postgres: Tree(postmaster),
        pgbench: pgbench::Pgbench::new(&place, &database, folder.path(), &statements)?,
        load: load::Load::new(folder.path())?,
    };
    let measured = contest.run()?;
    println!("{}", report::render(options, &fleet, &measured)?);
    Ok(())
}

/// Progress, for the person who waits; the report alone goes to the output.
#[expect(clippy::print_stderr, reason = "for the person who waits")]
fn say(text: &str) {
    eprintln!("bench-api: {text}");
}
