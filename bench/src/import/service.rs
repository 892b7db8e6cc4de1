//! The command `daily-papers import` in a process of its own, on a back end of its own: its time and its memory.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;
use sqlx::{Connection as _, PgConnection};
use tokio::runtime::Runtime;

use crate::database::Database;
use crate::interrupt;
use crate::proc::{self, Tree};

use super::ceiling::{self, Ceiling};
use super::options::Place;

/// Between two looks at a process that runs: its memory is read until it ends.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What is read of an import run: its papers, and what became of them.
const COUNTS: &str = "SELECT read, created, unchanged FROM import_run ORDER BY id DESC LIMIT 1";

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackEnd {
    /// SQLite.
    Sqlite,
    /// Postgres.
    Postgres,
}

impl BackEnd {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "Postgres",
        }
    }
}

/// What an import came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Import {
    pub(super) papers: u32,
    pub(super) created: u32,
    pub(super) unchanged: u32,
    /// Seconds of the whole command.
    pub(super) seconds: f64,
    /// Processor time of the process for one paper, in microseconds.
    pub(super) own_us: f64,
    /// The most memory that the process held, in MiB.
    pub(super) peak_mib: f64,
    /// What the whole machine was busy meanwhile, in processors.
    pub(super) busy: f64,
}

impl Import {
    pub(super) fn rate(&self) -> f64 {
        f64::from(self.papers) / self.seconds
    }
}

/// The executable with a database of its own.
pub(super) struct Service<'a> {
    runtime: &'a Runtime,
    place: &'a Place,
    folder: PathBuf,
    /// Postgres; without it SQLite.
    database: Option<Database>,
}

impl<'a> Service<'a> {
    /// Makes the database and its tables.
    ///
    /// # Errors
    /// If that is not possible.
    pub(super) fn new(
        runtime: &'a Runtime,
        back_end: BackEnd,
        place: &'a Place,
        folder: &Path,
    ) -> Result<Self> {
        let folder = folder.join(back_end.name());
        std::fs::create_dir_all(&folder)?;
        let database = match back_end {
            BackEnd::Sqlite => None,
            BackEnd::Postgres => Some(runtime.block_on(Database::create(&place.postgres, "bench_import"))?),
        };
        let service = Self { runtime, place, folder, database };
        let output = service.command().arg("migrate").output().context("daily-papers does not start")?;
        ensure!(output.status.success(), "migrate failed: {}", String::from_utf8_lossy(&output.stderr));
        Ok(service)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.place.daily_papers);
        command
            .env_clear()
            .env("DAILY_PAPERS_DATA_DIR", self.folder.join("data"))
            .env("DAILY_PAPERS_SAMPLE_PAPERS", "false")
            .env("DAILY_PAPERS_LOG", "warn")
            .current_dir(&self.folder);
        if let Some(database) = &self.database {
            command
                .env("DAILY_PAPERS_DATABASE_URL", &database.url)
                .env("DAILY_PAPERS_REDIS_URL", format!("{}/0", self.place.redis))
                .env("DAILY_PAPERS_BASE_URL", "https://papers.example.org")
                .env("DAILY_PAPERS_MAIL_FROM", "Daily Papers <digest@papers.example.org>")
                .env("DAILY_PAPERS_SMTP_URL", "smtp://127.0.0.1:1025")
                .env("DAILY_PAPERS_SECRET_KEY", "nobody needs to guess what guards a benchmark");
        }
        command
    }

    /// Imports a snapshot.
    ///
    /// # Errors
    /// If the import fails.
    pub(super) fn import(&self, lines: &Path) -> Result<Import> {
        let (machine, ended) = (proc::machine()?, proc::ended_children()?);
        let begun = Instant::now();
        let mut child = self
            .command()
            .args(["import", "arxiv-snapshot"])
            .arg(lines)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("daily-papers does not start")?;
        let mut peak_mib: f64 = 0.0;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            // It may end between the two looks.
            peak_mib = Tree(child.id()).peak_mib().map_or(peak_mib, |now| now.max(peak_mib));
            if let Err(error) = interrupt::check() {
                child.kill()?;
                child.wait()?;
                return Err(error);
            }
            sleep(LOOK_EVERY);
        };
        let seconds = begun.elapsed().as_secs_f64();
        if !status.success() {
            bail!("daily-papers import failed: {status}");
        }
        let own = proc::ended_children()? - ended;
        let busy = (proc::machine()? - machine) / seconds;
        let (papers, created, unchanged) = self.counts()?;
        let own_us = own * 1e6 / f64::from(papers.max(1));
        Ok(Import { papers, created, unchanged, seconds, own_us, peak_mib, busy })
    }

    /// The papers of the latest run, and how many of them were created and unchanged.
    fn counts(&self) -> Result<(u32, u32, u32)> {
        let counts: Vec<u32> = if let Some(database) = &self.database {
            let (read, created, unchanged): (i32, i32, i32) = self.runtime.block_on(async {
                let mut connection = PgConnection::connect(&database.url).await?;
                let counts = sqlx::query_as(COUNTS).fetch_one(&mut connection).await?;
                connection.close().await?;
                anyhow::Ok(counts)
            })?;
            [read, created, unchanged].into_iter().map(u32::try_from).collect::<Result<_, _>>()?
        } else {
            let text = ceiling::sqlite3(&self.file(), COUNTS)?;
            text.trim().split('|').map(str::parse).collect::<Result<_, _>>()?
        };
        let [read, created, unchanged] = counts[..] else { bail!("an import run has three counts") };
        Ok((read, created, unchanged))
    }

    fn file(&self) -> PathBuf {
        self.folder.join("data/daily-papers.db")
    }

    /// Measures the bulk load of the rows that were imported.
    ///
    /// # Errors
    /// If it fails.
    pub(super) fn ceiling(&self, folder: &Path) -> Result<Ceiling> {
        match &self.database {
            Some(database) => self.runtime.block_on(ceiling::copy(&database.url, folder)),
            None => ceiling::bulk_insert(&self.file(), folder),
        }
    }
}
