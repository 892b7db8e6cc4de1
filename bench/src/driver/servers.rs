//! The servers that are measured: started with the same number of threads and of connections to the database, and
//! ended by their ids whatever happens.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::database::Database;
use crate::http;
use crate::operations::Operation;
use crate::proc::Tree;
use crate::surroundings::free_address;

use super::options::{Options, Place, workers};
use super::{same, say};

/// What addresses of papers begin with, at every server.
const BASE_URL: &str = "https://papers.example.org";

/// How long a server may take to answer for the first time, and to end.
const START: Duration = Duration::from_secs(20);
const STOP: Duration = Duration::from_secs(5);

/// How long a service may take to index all papers.
const INDEXING: Duration = Duration::from_mins(10);

/// Asks whether the search index has all papers.
const IS_INDEXED: &str = r#"{"query":"{ search(query: \"\", mode: KEYWORD, first: 0) { notice } }"}"#;

/// Whether the service keeps answers to those who do not sign in. The setting is looked for in what
/// `daily-papers settings` prints; where there is none, nothing is cached, and no cached service is measured.
const CACHE_SETTING: &str = "answer_cache_seconds";
const UNCACHED: (&str, &str) = ("DAILY_PAPERS_ANSWER_CACHE_SECONDS", "0");
const CACHED: (&str, &str) = ("DAILY_PAPERS_ANSWER_CACHE_SECONDS", "2");

/// A server that runs.
#[derive(Debug)]
pub(super) struct Server {
    name: &'static str,
    child: Child,
    pub(super) address: SocketAddr,
}

impl Server {
    fn start(name: &'static str, address: SocketAddr, folder: &Path, command: &mut Command) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let child = command
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("{name} does not start"))?;
        let mut server = Self { name, child, address };
        server.wait(&log)?;
        Ok(server)
    }

    /// Until it answers.
    fn wait(&mut self, log: &Path) -> Result<()> {
        let begun = Instant::now();
        loop {
            let answered = self.ask("/graphql", Operation::Feed);
            let Err(error) = answered else { return Ok(()) };
            let has_ended = self.child.try_wait()?.is_some();
            if has_ended || begun.elapsed() > START {
                let log = std::fs::read_to_string(log).unwrap_or_default();
                bail!("{} does not answer: {error:#}\n{log}", self.name);
            }
            sleep(Duration::from_millis(50));
        }
    }

    /// Until a service has indexed all papers.
    fn wait_for_index(&self) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < INDEXING {
            let answer = http::post(self.address, "/graphql", IS_INDEXED)?;
            if String::from_utf8_lossy(&answer).contains("\"notice\":null") {
                return Ok(());
            }
            sleep(Duration::from_millis(200));
        }
        bail!("{} did not index all papers in {INDEXING:?}", self.name);
    }

    /// Its answer to an operation.
    ///
    /// # Errors
    /// Where it has none.
    pub(super) fn ask(&self, path: &str, operation: Operation) -> Result<Vec<u8>> {
        http::post(self.address, path, &operation.body())
    }

    /// Its processes.
    pub(super) fn tree(&self) -> Tree {
        Tree(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A signal by its id, so that what it started in turn is ended by it.
        let terminate = format!("kill -TERM {}", self.child.id());
        let _ = Command::new("sh").args(["-c", &terminate]).stderr(Stdio::null()).status();
        let begun = Instant::now();
        while begun.elapsed() < STOP {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All of them. They run beside one another during the whole of a run; one that is not asked takes no time.
#[derive(Debug)]
pub(super) struct Fleet {
    pub(super) service: Server,
    pub(super) cached: Option<Server>,
    pub(super) ceiling: Server,
    pub(super) mercurius: Option<Server>,
}

impl Fleet {
    /// Starts them, each once it is known that the one before it answers.
    ///
    /// # Errors
    /// Where one does not.
    pub(super) fn start(
        options: &Options,
        place: &Place,
        database: &Database,
        folder: &Path,
    ) -> Result<Self> {
        let has_cache = has_cache(place)?;
        let caching = |value| has_cache.then_some(value);
        let start_service = |name: &'static str, cache: Option<(&str, &str)>| {
            let address = free_address()?;
            let mut command = service(place, database, folder);
            command
                .arg("api")
                .env("DAILY_PAPERS_LISTEN", address.to_string())
                .env("DAILY_PAPERS_REDIS_URL", format!("{}/0", place.redis))
                // Half of them read.
                .env("DAILY_PAPERS_DATABASE_CONNECTIONS", (2 * options.connections).to_string())
                .env("DAILY_PAPERS_CLIENT_POINTS_PER_SECOND", "0")
                .env("DAILY_PAPERS_PERSON_POINTS_PER_SECOND", "0")
                .envs(cache);
            Server::start(name, address, folder, &mut command)
        };
        let start_services = || -> Result<(Server, Option<Server>)> {
            let service = start_service("daily-papers", caching(UNCACHED))?;
            let cached = match caching(CACHED) {
                Some(setting) => Some(start_service("daily-papers-cached", Some(setting))?),
                None => None,
            };
            Ok((service, cached))
        };
        // What is measured is a service that has been running for a while: once indexes are made, they are kept.
        say("papers are being indexed");
        let (service, cached) = start_services()?;
        for server in [Some(&service), cached.as_ref()].into_iter().flatten() {
            server.wait_for_index()?;
        }
        drop((service, cached));
        let (service, cached) = start_services()?;
        let address = free_address()?;
        let mut command = Command::new(&place.ceiling);
        command
            .args(["--listen", &address.to_string(), "--database", &database.url, "--base-url", BASE_URL])
            .args(["--workers", &workers().to_string()])
            .args(["--connections", &options.connections.to_string()]);
        for operation in Operation::ALL {
            let extensions = same::extensions(&service.ask("/graphql", operation)?)?;
            command.arg("--extensions").arg(format!("{}={extensions}", operation.name()));
        }
        let ceiling = Server::start("ceiling", address, folder, &mut command)?;
        let mercurius = match &options.mercurius {
            Some(program) => Some(mercurius(options, program, database, folder)?),
            None => None,
        };
        if mercurius.is_none() {
            say("left out: Mercurius, which wants Node 20 and npm");
        }
        if cached.is_none() {
            say(&format!("left out: cached answers; the service has no setting {CACHE_SETTING}"));
        }
        Ok(Self { service, cached, ceiling, mercurius })
    }
}

fn mercurius(options: &Options, program: &Path, database: &Database, folder: &Path) -> Result<Server> {
    let address = free_address()?;
    let script = program.canonicalize().unwrap_or_else(|_| PathBuf::from(program)).join("server.mjs");
    let mut command = Command::new("node");
    command
        .arg(script)
        .env("NODE_ENV", "production")
        .env("PORT", address.port().to_string())
        .env("DATABASE_URL", &database.url)
        .env("BASE_URL", BASE_URL)
        .env("WORKERS", workers().to_string())
        .env("CONNECTIONS", options.connections.to_string());
    Server::start("mercurius", address, folder, &mut command)
}

/// The executable, with the settings that all its commands take here, and no others.
fn service(place: &Place, database: &Database, folder: &Path) -> Command {
    let mut command = Command::new(&place.daily_papers);
    command
        .env_clear()
        .env("DAILY_PAPERS_DATABASE_URL", &database.url)
        .env("DAILY_PAPERS_DATA_DIR", folder.join("data"))
        .env("DAILY_PAPERS_BASE_URL", BASE_URL)
        .env("DAILY_PAPERS_SECRET_KEY", "nobody needs to guess what guards a benchmark")
        .env("DAILY_PAPERS_SAMPLE_PAPERS", "false")
        .env("DAILY_PAPERS_LOG", "warn")
        .current_dir(folder);
    command
}

/// Makes the tables.
///
/// # Errors
/// Where they cannot be made.
pub(super) fn migrate(place: &Place, database: &Database, folder: &Path) -> Result<()> {
    let output = service(place, database, folder).arg("migrate").output().context("daily-papers migrate")?;
    if !output.status.success() {
        bail!("daily-papers migrate failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn has_cache(place: &Place) -> Result<bool> {
    let output =
        Command::new(&place.daily_papers).arg("settings").output().context("daily-papers settings")?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().any(|line| line.starts_with(CACHE_SETTING)))
}
