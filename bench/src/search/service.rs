//! Searches asked of the whole service: HTTP, GraphQL, the engine and SQLite, in a process of its own.
//!
//! Papers come in by `daily-papers import arxiv-snapshot`, whose rate is a result. Their vectors are random ones that are
//! written into the database, because a model would need hours for them; the vector of a query is the model's own.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use search::index::Document;
use search::meaning::Model;
use search::vectors::QuantizedVector;
use serde_json::{Value, json};

use super::corpus::Corpus;
use super::speed::{Latency, measure, unit_vector};
use super::{Options, say};
use crate::http;
use crate::proc::Tree;
use crate::surroundings::{beside, free_address};

/// How long the service may take to index all papers.
const INDEXING: Duration = Duration::from_mins(30);

/// Between two looks at the index.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Asks for a page as a reader sees it.
const SEARCH: &str =
    "query($query: String!, $mode: SearchMode!) { search(query: $query, mode: $mode, first: 20) {
    notice edges { score foundIn highlight node { id title publishedOn authors { name } } } } }";

/// What was measured.
#[derive(Clone, Debug)]
pub(super) struct ServiceSpeed {
    /// Papers a second that the import took in.
    pub(super) import_rate: f64,
    /// Seconds until the service had indexed all papers.
    pub(super) indexing_seconds: f64,
    pub(super) latencies: Vec<Latency>,
    /// Processor time of the service for one request of each kind, in milliseconds.
    pub(super) processor_ms: Vec<f64>,
    /// The most memory of the service after a restart, in MiB.
    pub(super) peak_mib: f64,
}

/// Fills a service and asks it.
///
/// # Errors
/// If something does not work.
pub(super) fn run(options: &Options, model: Option<(&Path, &Model)>) -> Result<ServiceSpeed> {
    let service = Service { program: beside("daily-papers")?, folder: tempfile::tempdir()? };
    let corpus = Corpus::new(options.vocabulary, options.words);
    let lines = service.folder.path().join("snapshot.jsonl");
    write_lines(&lines, &corpus, options.documents)?;
    service.run(&["migrate"])?;
    say("importing");
    let begun = Instant::now();
    service.run(&["import", "arxiv-snapshot", &lines.to_string_lossy()])?;
    let import_rate = per_second(options.documents, begun);
    if let Some((folder, model)) = model {
        service.install(folder, model)?;
        say("writing vectors");
        service.sqlite(&vectors(options.documents, model))?;
    }
    say("indexing");
    let begun = Instant::now();
    drop(service.serve()?);
    let indexing_seconds = begun.elapsed().as_secs_f64();
    let server = service.serve()?;
    let (mut latencies, mut processor_ms) = (Vec::new(), Vec::new());
    let mut chance = StdRng::seed_from_u64(3);
    let queries = |chance: &mut StdRng, words| -> Vec<String> {
        (0..options.queries).map(|_| corpus.query(chance, words).join(" ")).collect()
    };
    let kinds = [
        ("3 words", "KEYWORD", queries(&mut chance, 3)),
        ("9 words", "KEYWORD", queries(&mut chance, 9)),
        ("hybrid", "HYBRID", queries(&mut chance, 9)),
    ];
    for (what, mode, queries) in kinds.iter().filter(|(_, mode, _)| model.is_some() || *mode == "KEYWORD") {
        for &clients in &options.clients {
            say(&format!("{what}, {clients} clients"));
            let before = server.tree().seconds()?;
            let asked = format!("{clients}");
            // No two measurements ask the same, so that no list is kept from an earlier one.
            let ask = |at: usize| server.ask(&format!("{} {asked}", queries[at]), mode);
            latencies.push(measure(
                what,
                clients,
                options.queries,
                &(Box::new(ask) as super::speed::Ask<'_>),
            )?);
            let spent = server.tree().seconds()? - before;
            // A tenth was asked before, to get warm.
            processor_ms.push(spent * 1e3 / (1.1 * f64::from(options.queries)));
        }
    }
    Ok(ServiceSpeed {
        import_rate,
        indexing_seconds,
        latencies,
        processor_ms,
        peak_mib: server.tree().peak_mib()?,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a count of papers")]
fn per_second(count: u64, begun: Instant) -> f64 {
    count as f64 / begun.elapsed().as_secs_f64()
}

/// Writes generated documents as lines of arXiv's snapshot.
fn write_lines(path: &Path, corpus: &Corpus, count: u64) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for id in 1..=count {
        let Document { title, summary, authors, identifiers, .. } = corpus.document(id);
        let month = 1 + id % 12;
        let line = json!({
            "id": identifiers.first(), "title": title, "abstract": summary, "authors": authors.join(", "),
            "categories": if id.is_multiple_of(3) { "cs.CL cs.LG" } else { "stat.ML" },
            "versions": [{ "version": "v1", "created": format!("{} {month:02} 2015 08:00:00 GMT", id % 28 + 1) }],
            "update_date": format!("2015-{month:02}-{:02}", id % 28 + 1),
        });
        writeln!(file, "{line}")?;
    }
    Ok(file.flush()?)
}

/// Random vectors as a statement for each.
fn vectors(count: u64, model: &Model) -> String {
    let mut chance = StdRng::seed_from_u64(1);
    let key = format!("{}@{}", model.name(), model.revision());
    let mut sql = String::from("BEGIN;\n");
    for id in 1..=count {
        let vector = QuantizedVector::new(&unit_vector(&mut chance, model.dimensions()));
        let bytes: Vec<u8> = vector.values.iter().map(|value| value.cast_unsigned()).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            sql,
            "UPDATE paper_embedding SET model = '{key}', vector = x'{}', scale = {} WHERE paper_id = {id};",
            data_encoding::HEXLOWER.encode(&bytes),
            vector.scale
        );
    }
    sql.push_str("COMMIT;");
    sql
}

/// The executable and the folder of a run.
struct Service {
    program: PathBuf,
    folder: tempfile::TempDir,
}

impl Service {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .env("DAILY_PAPERS_DATA_DIR", self.folder.path().join("data"))
            .env("DAILY_PAPERS_SAMPLE_PAPERS", "false")
            .env("DAILY_PAPERS_ANSWER_CACHE_SECONDS", "0")
            .env("DAILY_PAPERS_CLIENT_POINTS_PER_SECOND", "0")
            .env("DAILY_PAPERS_LOG", "warn")
            .current_dir(self.folder.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Result<()> {
        let output = self.command().args(arguments).output().context("daily-papers does not start")?;
        ensure!(
            output.status.success(),
            "daily-papers {arguments:?} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// Copies a model, and has it used.
    fn install(&self, folder: &Path, model: &Model) -> Result<()> {
        let target = self.folder.path().join("data/models").join(model.name());
        fs::create_dir_all(&target)?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::copy(entry.path(), target.join(entry.file_name()))?;
            }
        }
        self.run(&["model", "use", model.name()])
    }

    fn sqlite(&self, sql: &str) -> Result<()> {
        let mut command = Command::new("sqlite3");
        let database = self.folder.path().join("data/daily-papers.db");
        let mut child = command
            .arg("-bail")
            .arg(database)
            .stdin(Stdio::piped())
            .spawn()
            .context("sqlite3 does not start")?;
        child.stdin.take().context("the input of sqlite3")?.write_all(sql.as_bytes())?;
        ensure!(child.wait()?.success(), "sqlite3 failed");
        Ok(())
    }

    /// Starts the service, and waits until it has indexed all papers.
    fn serve(&self) -> Result<Server> {
        let address = free_address()?;
        let mut command = self.command();
        command.arg("serve").env("DAILY_PAPERS_LISTEN", address.to_string());
        let child = command.stdout(Stdio::null()).spawn().context("daily-papers does not start")?;
        let mut server = Server { child, address };
        let begun = Instant::now();
        while begun.elapsed() < INDEXING {
            if server.post("", "KEYWORD").is_ok_and(|answer| answer["data"]["search"]["notice"].is_null()) {
                return Ok(server);
            }
            ensure!(server.child.try_wait()?.is_none(), "daily-papers ended");
            sleep(LOOK_EVERY);
        }
        bail!("daily-papers did not index all papers in {INDEXING:?}");
    }
}

/// The service; it ends when it is dropped.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn tree(&self) -> Tree {
        Tree(self.child.id())
    }

    fn post(&self, query: &str, mode: &str) -> Result<Value> {
        let body = json!({ "query": SEARCH, "variables": { "query": query, "mode": mode } });
        Ok(serde_json::from_slice(&http::post(self.address, "/graphql", &body.to_string())?)?)
    }

    fn ask(&self, query: &str, mode: &str) -> Result<()> {
        let answer = self.post(query, mode)?;
        ensure!(answer["errors"].is_null() && answer["data"]["search"]["notice"].is_null(), "{answer}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
