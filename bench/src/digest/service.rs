//! A run of digests by the service, from the moment its worker starts until the last outcome is in the database.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::runtime::Runtime;

use crate::database::Database;
use crate::interrupt;
use crate::proc::{self, Tree};

use super::data::{COMMENTS, PAPERS, Times};
use super::options::{Options, Place};
use super::sink::Sink;

/// How often it is looked whether all are sent.
const LOOK: Duration = Duration::from_millis(250);

/// Mails in a second below which a run has failed.
const LEAST: u64 = 50;

/// What a run came to.
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
    /// Statements, and octets of the write-ahead log, for one message.
    pub(super) statements: f64,
    pub(super) wal: f64,
    /// What the worker said of its steps, in seconds.
    pub(super) steps: Vec<(String, f64)>,
    /// Octets of the mails that were kept, on average.
    pub(super) octets: Option<usize>,
}

/// Which run.
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

struct Service<'a> {
    options: &'a Options,
    place: &'a Place,
    folder: PathBuf,
    times: Times,
    database: Option<Database>,
    key: Option<PathBuf>,
}

impl Service<'_> {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.place.daily_papers);
        command
            .env_clear()
            .env("DAILY_PAPERS_DATA_DIR", self.folder.join("data"))
            .env("DAILY_PAPERS_LISTEN", "127.0.0.1:0")
            .env("DAILY_PAPERS_BASE_URL", "https://papers.example.org")
            .env("DAILY_PAPERS_MAIL_FROM", "Daily Papers <digest@papers.example.org>")
            .env("DAILY_PAPERS_SECRET_KEY", "nobody needs to guess what guards a benchmark")
            .env("DAILY_PAPERS_SAMPLE_PAPERS", "false")
            .env("DAILY_PAPERS_FEED_TIME_ZONE", "UTC")
            .env("DAILY_PAPERS_FEED_CLOSES_AT", self.times.closes_at())
            .env("DAILY_PAPERS_SMTP_CONNECTIONS", self.options.connections.to_string())
            .current_dir(&self.folder);
        if let Some(database) = &self.database {
            command
                .env("DAILY_PAPERS_DATABASE_URL", &database.url)
                .env("DAILY_PAPERS_REDIS_URL", format!("{}/0", self.place.redis));
        }
        if let Some(key) = &self.key {
            command.env("DAILY_PAPERS_DKIM_KEY", key).env("DAILY_PAPERS_DKIM_SELECTOR", "bench");
        }
        command
    }

    fn done(&self, arguments: &[&str]) -> Result<()> {
        let output = self.command().args(arguments).output().context("daily-papers does not start")?;
        if !output.status.success() {
            bail!("daily-papers {arguments:?} failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }
}

/// A worker that runs; it ends when it is dropped.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Makes a database, fills it, and lets a worker send.
///
/// # Errors
/// Where something fails, or not every subscriber got a mail.
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
    fill(runtime, &service, plan)?;
    let mut run = watch(runtime, &service, plan, &sink)?;
    if let Some(kept) = kept {
        run.octets = Some(average_size(&kept)?);
    }
    Ok(run)
}

fn fill(runtime: &Runtime, service: &Service<'_>, plan: &Plan<'_>) -> Result<()> {
    let times = service.times;
    let list = service.folder.join("list.csv");
    // Papers of Hugging Face have no categories to choose by.
    let filters = if plan.is_embedded { 0 } else { service.options.filters };
    std::fs::write(&list, times.list(plan.subscribers, filters))?;
    let list = list.to_string_lossy();
    service.done(&["migrate"])?;
    if let Some(database) = &service.database {
        runtime.block_on(database.seed(PAPERS, COMMENTS, &times.day()))?;
    } else {
        let papers = service.folder.join(format!("{}.json", times.day()));
        std::fs::write(&papers, embedded_day())?;
        service.done(&["import", "hf-daily", &papers.to_string_lossy()])?;
    }
    service.done(&["subscribers", "import", &list, "--confirmed"])?;
    let due = times.make_due();
    match &service.database {
        Some(database) => runtime.block_on(async {
            let mut connection = PgConnection::connect(&database.url).await?;
            sqlx::raw_sql(AssertSqlSafe(due)).execute(&mut connection).await?;
            sqlx::raw_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
                .execute(&mut connection)
                .await?;
            sqlx::raw_sql("VACUUM (ANALYZE)").execute(&mut connection).await?;
            sqlx::raw_sql("CHECKPOINT").execute(&mut connection).await?;
            anyhow::Ok(connection.close().await?)
        }),
        None => sqlite(&service.folder, &due).map(|_| ()),
    }
}

/// Twenty papers as Hugging Face lists them.
fn embedded_day() -> String {
    let sentence =
        "We show that sparse attention improves reasoning, and halves the cost of language models. ";
    let items: Vec<serde_json::Value> = (1..=20)
        .map(|number| {
            serde_json::json!({ "paper": {
                "id": format!("2601.{number:05}"),
                "title": format!("Sparse Attention for Agents: Case {number}"),
                "summary": sentence.repeat(12),
                "authors": [{ "name": "Ada Kano" }, { "name": "Wei Rosa" }],
                "publishedAt": "2026-01-01T00:00:00.000Z",
                "upvotes": number,
            } })
        })
        .collect();
    serde_json::Value::from(items).to_string()
}

/// Runs a statement by the program sqlite3, and answers what it printed.
fn sqlite(folder: &Path, sql: &str) -> Result<String> {
    let output = Command::new("sqlite3")
        .args(["-cmd", ".timeout 10000"])
        .arg(folder.join("data/daily-papers.db"))
        .arg(sql)
        .output()
        .context("sqlite3, which is the package sqlite3 of Debian, does not start")?;
    if !output.status.success() {
        bail!("sqlite3 failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Statements and octets of the write-ahead log so far.
async fn written(connection: &mut PgConnection) -> Result<(f64, f64)> {
    let sql = "SELECT (SELECT sum(calls)::float8 FROM pg_stat_statements \
               WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())), \
               pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8";
    Ok(sqlx::query_as(sql).fetch_one(connection).await?)
}

/// Whether subscriptions are due that are not planned, and whether deliveries are on their way. By indices alone: to
/// count all deliveries four times a second was a sixth of what Postgres did.
async fn left(connection: &mut PgConnection) -> Result<(bool, bool)> {
    let sql = "SELECT EXISTS (SELECT 1 FROM subscription WHERE next_due_at IS NOT NULL AND next_due_at <= now()), \
               EXISTS (SELECT 1 FROM delivery WHERE kind = 'DIGEST' AND next_attempt_at IS NOT NULL) \
               OR EXISTS (SELECT 1 FROM delivery WHERE status = 'SENDING')";
    Ok(sqlx::query_as(sql).fetch_one(connection).await?)
}

/// Deliveries, and those of them that are sent.
async fn progress(connection: &mut PgConnection) -> Result<(i64, i64)> {
    let sql = "SELECT count(*), count(*) FILTER (WHERE status = 'SENT') FROM delivery";
    Ok(sqlx::query_as(sql).fetch_one(connection).await?)
}

/// How far a run is: whether all is planned, deliveries, and those of them that are sent. On Postgres the deliveries are
/// counted once nothing seems to be left.
fn look(
    runtime: &Runtime,
    service: &Service<'_>,
    connection: Option<&mut PgConnection>,
    wanted: i64,
) -> Result<(bool, i64, i64)> {
    let Some(connection) = connection else {
        let (deliveries, sent) = embedded_progress(&service.folder)?;
        return Ok((deliveries >= wanted, deliveries, sent));
    };
    runtime.block_on(async {
        let (is_due, is_on_its_way) = left(connection).await?;
        if is_due || is_on_its_way {
            return Ok((!is_due, 0, 0));
        }
        let (deliveries, sent) = progress(connection).await?;
        Ok((deliveries >= wanted, deliveries, sent))
    })
}

fn watch(runtime: &Runtime, service: &Service<'_>, plan: &Plan<'_>, sink: &Sink) -> Result<Run> {
    let mut connection = match &service.database {
        Some(database) => Some(runtime.block_on(PgConnection::connect(&database.url))?),
        None => None,
    };
    let postmaster = match &mut connection {
        Some(connection) => {
            let backend: i32 =
                runtime.block_on(sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(connection))?;
            Some(Tree(proc::parent(u32::try_from(backend)?)?))
        }
        None => None,
    };
    let mut counted = (0.0, 0.0);
    if let Some(connection) = &mut connection {
        // The tables were empty when they were analysed, and would be read whole for that.
        runtime
            .block_on(sqlx::raw_sql("SET enable_seqscan = off; SET jit = off").execute(&mut *connection))?;
        counted = runtime.block_on(written(connection))?;
    }
    let before =
        (postmaster.map(Tree::seconds).transpose()?, sink.tree().seconds()?, proc::machine()?, myself()?);
    let log = service.folder.join("worker.log");
    let mut command = service.command();
    command
        .arg(if plan.is_embedded { "serve" } else { "worker" })
        .env("DAILY_PAPERS_SMTP_URL", format!("smtp://{}", sink.address))
        .env("DAILY_PAPERS_LOG_FORMAT", "json")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log)?);
    let begun = Instant::now();
    let mut worker = Worker(command.spawn().context("the worker does not start")?);
    let tree = Tree(worker.0.id());
    let wanted = i64::from(plan.subscribers);
    let limit = Duration::from_secs(60 + u64::from(plan.subscribers) / LEAST);
    let mut planned = None;
    loop {
        sleep(LOOK);
        interrupt::check()?;
        let (is_planned, deliveries, sent) = look(runtime, service, connection.as_mut(), wanted)?;
        if is_planned && planned.is_none() {
            planned = Some(begun.elapsed().as_secs_f64());
        }
        if sent >= wanted {
            break;
        }
        if worker.0.try_wait()?.is_some() || begun.elapsed() > limit {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(20).collect();
            bail!("{deliveries} deliveries and {sent} sent of {wanted}; the log ends\n{}", tail.join("\n"));
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let count = f64::from(plan.subscribers);
    let own = tree.seconds()?;
    let postgres = match (postmaster, before.0) {
        (Some(tree), Some(before)) => tree.seconds()? - before,
        _ => 0.0,
    };
    let taken = sink.tree().seconds()? - before.1;
    let others = proc::machine()? - before.2 - own - postgres - taken - (myself()? - before.3);
    let (mut statements, mut wal) = (0.0, 0.0);
    if let Some(connection) = &mut connection {
        let now = runtime.block_on(written(connection))?;
        (statements, wal) = ((now.0 - counted.0) / count, (now.1 - counted.1) / count);
    }
    let peak_mib = tree.peak_mib()?;
    drop(worker);
    let log = std::fs::read_to_string(&log)?;
    if let Some(line) = log.lines().find(|line| line.contains("database is locked")) {
        bail!("the database was locked: {line}");
    }
    Ok(Run {
        count,
        seconds,
        planned,
        own_ms: own * 1e3 / count,
        postgres_ms: postgres * 1e3 / count,
        sink_ms: taken * 1e3 / count,
        others: (others / seconds).max(0.0),
        peak_mib,
        statements,
        wal,
        plan_rate: plan_rate(&log),
        steps: steps(&log),
        octets: None,
    })
}

/// Processor time of this driver, in seconds.
fn myself() -> Result<f64> {
    Tree(std::process::id()).own_seconds()
}

fn embedded_progress(folder: &Path) -> Result<(i64, i64)> {
    let text =
        sqlite(folder, "SELECT count(*) || ' ' || count(*) FILTER (WHERE status = 'SENT') FROM delivery")?;
    let (deliveries, sent) = text.split_once(' ').context("two numbers")?;
    Ok((deliveries.parse()?, sent.parse()?))
}

/// Deliveries planned in a second of those that the planner took.
fn plan_rate(log: &str) -> Option<f64> {
    let (mut count, mut seconds) = (0.0, 0.0);
    for line in log.lines() {
        let Ok(entry) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let fields = &entry["fields"];
        if fields["message"] == "digests planned" {
            count += fields["subscriptions"].as_f64().unwrap_or_default();
            seconds += fields["took_ms"].as_f64().unwrap_or_default() / 1e3;
        }
    }
    (seconds > 0.0).then(|| count / seconds)
}

/// What the worker said of the drains of digests: the seconds of each step, summed.
fn steps(log: &str) -> Vec<(String, f64)> {
    let mut sums: Vec<(String, f64)> = Vec::new();
    for line in log.lines() {
        let Ok(entry) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let fields = &entry["fields"];
        if fields["message"] != "queue drained" || fields["lane"] != "Digests" {
            continue;
        }
        for (name, value) in fields.as_object().into_iter().flatten() {
            let (Some(step), Some(value)) = (name.strip_suffix("_ms"), value.as_f64()) else { continue };
            match sums.iter_mut().find(|(known, _)| known == step) {
                Some((_, sum)) => *sum += value / 1e3,
                None => sums.push((step.to_owned(), value / 1e3)),
            }
        }
    }
    sums
}

fn average_size(folder: &Path) -> Result<usize> {
    let (mut sum, mut count) = (0_u64, 0_u64);
    for entry in std::fs::read_dir(folder)? {
        sum += entry?.metadata()?.len();
        count += 1;
    }
    Ok(usize::try_from(sum / count.max(1))?)
}
