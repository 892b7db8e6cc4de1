//! The processes of a run: commands of the service, its worker, and the program sqlite3.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::database::Database;
use crate::proc::Tree;

use super::super::data::Times;
use super::super::options::{Options, Place};
use super::super::sink::Sink;

/// The executable with the settings and the database of a run.
pub(super) struct Service<'a> {
    pub(super) options: &'a Options,
    pub(super) place: &'a Place,
    pub(super) folder: PathBuf,
    pub(super) times: Times,
    pub(super) database: Option<Database>,
    pub(super) key: Option<PathBuf>,
}

impl Service<'_> {
    pub(super) fn command(&self) -> Command {
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

    /// Runs a command to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<()> {
        let output = self.command().args(arguments).output().context("daily-papers does not start")?;
        if !output.status.success() {
            bail!("daily-papers {arguments:?} failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }
}

/// A worker that runs; it ends when it is dropped.
pub(super) struct Worker {
    child: Child,
    log: PathBuf,
    pub(super) begun: Instant,
}

impl Worker {
    /// Starts a worker that sends to the sink; `is_embedded`: everything in one process.
    pub(super) fn start(service: &Service<'_>, is_embedded: bool, sink: &Sink) -> Result<Self> {
        let log = service.folder.join("worker.log");
        let mut command = service.command();
        command
            .arg(if is_embedded { "serve" } else { "worker" })
            .env("DAILY_PAPERS_SMTP_URL", format!("smtp://{}", sink.address))
            .env("DAILY_PAPERS_LOG_FORMAT", "json")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?);
        let begun = Instant::now();
        let child = command.spawn().context("the worker does not start")?;
        Ok(Self { child, log, begun })
    }

    pub(super) fn tree(&self) -> Tree {
        Tree(self.child.id())
    }

    pub(super) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    pub(super) fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(&self.log)?)
    }

    /// Ends it. Returns its log.
    pub(super) fn stop(self) -> Result<String> {
        let log = self.log.clone();
        drop(self);
        Ok(std::fs::read_to_string(log)?)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a statement by the program sqlite3, and returns what it printed.
pub(super) fn sqlite(folder: &Path, sql: &str) -> Result<String> {
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
