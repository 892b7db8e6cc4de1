//! A run of digests by the service, from the moment its worker starts until the last outcome is in the database.

mod fill;
mod meters;
mod process;
mod progress;
mod worker_log;

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, bail};
use sqlx::{Connection as _, PgConnection};
use tokio::runtime::Runtime;

use crate::database::Database;
use crate::interrupt;

use super::data::Times;
use super::options::{Options, Place};
use super::sink::Sink;

use meters::Meters;
use process::{Service, Worker};

/// The interval at which the progress of a run is read.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(250);

/// The rate below which a run has failed.
const MIN_MAILS_PER_SECOND: u64 = 50;

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    pub(super) count: f64,
    /// Seconds from the start of the worker to the last outcome written.
    pub(super) seconds: f64,
    /// Seconds from the start of the worker until all deliveries were planned.
    pub(super) planned: Option<f64>,
    /// Deliveries that the planner wrote in a second, as the worker says.
    pub(super) plan_rate: Option<f64>,
    /// Processor time for one message in milliseconds: the service's, Postgres', the sink's.
    pub(super) own_ms: f64,
    pub(super) postgres_ms: f64,
    pub(super) sink_ms: f64,
    /// Other programs' share of the machine, in processors.
    pub(super) others: f64,
    pub(super) peak_mib: f64,
    /// Statements, and bytes of the write-ahead log, for one message.
    pub(super) statements: f64,
    pub(super) wal: f64,
    /// What the worker said of its steps, in seconds.
    pub(super) steps: Vec<(String, f64)>,
    /// Bytes of the mails that were kept, on average.
    pub(super) octets: Option<usize>,
}

/// The kind of a run.
#[derive(Clone, Debug)]
pub(super) struct Plan<'a> {
    pub(super) name: &'a str,
    pub(super) subscribers: u32,
    /// The key that mails are signed by.
    pub(super) key: Option<PathBuf>,
    /// Whether mails are kept, to be looked at.
    pub(super) keeps: bool,
    /// SQLite in one process, instead of Postgres and Redis.
    pub(super) is_embedded: bool,
}

/// Makes a database, fills it, and lets a worker send.
///
/// # Errors
/// If something fails, or not every subscriber got a mail.
pub(super) fn run(
    runtime: &Runtime,
    options: &Options,
    place: &Place,
    folder: &Path,
    plan: &Plan<'_>,
) -> Result<Run> {
    let folder = folder.join(plan.name);
    std::fs::create_dir_all(&folder)?;
    let kept = plan.keeps.then(|| folder.join("mails"));
    let sink = Sink::start(place, kept.as_deref())?;
    let name = format!("bench_{}", plan.name);
    let database = if plan.is_embedded {
        None
    } else {
        Some(runtime.block_on(Database::create(&place.postgres, &name))?)
    };
    let service = Service {
        options,
        place,
        folder: folder.clone(),
        times: Times::now(),
        database,
        key: plan.key.clone(),
    };
    fill::fill(runtime, &service, plan)?;
    let mut run = watch(runtime, &service, plan, &sink)?;
    if let Some(kept) = kept {
        run.octets = Some(average_size(&kept)?);
    }
    Ok(run)
}

/// Lets a worker send until all is sent, and measures it.
fn watch(runtime: &Runtime, service: &Service<'_>, plan: &Plan<'_>, sink: &Sink) -> Result<Run> {
    let mut connection = match &service.database {
        Some(database) => Some(runtime.block_on(PgConnection::connect(&database.url))?),
        None => None,
    };
    let meters = Meters::start(runtime, connection.as_mut(), sink)?;
    let mut worker = Worker::start(service, plan.is_embedded, sink)?;
    let planned = wait_until_sent(runtime, service, plan, connection.as_mut(), &mut worker)?;
    let mut run = meters.read(connection.as_mut(), &worker, plan.subscribers)?;
    let log = worker.stop()?;
    if let Some(line) = log.lines().find(|line| line.contains("database is locked")) {
        bail!("the database was locked: {line}");
    }
    run.planned = planned;
    run.plan_rate = worker_log::plan_rate(&log);
    run.steps = worker_log::steps(&log);
    Ok(run)
}

/// Waits until all mails are sent. Returns the seconds until all deliveries were planned.
fn wait_until_sent(
    runtime: &Runtime,
    service: &Service<'_>,
    plan: &Plan<'_>,
    mut connection: Option<&mut PgConnection>,
    worker: &mut Worker,
) -> Result<Option<f64>> {
    let wanted = i64::from(plan.subscribers);
    let limit = Duration::from_secs(60 + u64::from(plan.subscribers) / MIN_MAILS_PER_SECOND);
    let mut planned = None;
    loop {
        sleep(PROGRESS_INTERVAL);
        interrupt::check()?;
        let (is_planned, deliveries, sent) =
            progress::read(runtime, service, connection.as_deref_mut(), wanted)?;
        if is_planned && planned.is_none() {
            planned = Some(worker.begun.elapsed().as_secs_f64());
        }
        if sent >= wanted {
            return Ok(planned);
        }
        if worker.has_ended()? || worker.begun.elapsed() > limit {
            let log = worker.log().unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(20).collect();
            bail!("{deliveries} deliveries and {sent} sent of {wanted}; the log ends\n{}", tail.join("\n"));
        }
    }
}

fn average_size(folder: &Path) -> Result<usize> {
    let (mut sum, mut count) = (0_u64, 0_u64);
    for entry in std::fs::read_dir(folder)? {
        sum += entry?.metadata()?.len();
        count += 1;
    }
    Ok(usize::try_from(sum / count.max(1))?)
}
