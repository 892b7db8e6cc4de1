//! The driver of the benchmark of imports: a generated snapshot into each back end, twice, and the ceiling of each.
//!
//! The ceiling of a back end is its own bulk load of the rows that the import wrote (papers, authors, categories) into
//! tables without keys and indexes: COPY on Postgres, `.import` of the program sqlite3 on SQLite. It is measured on the
//! same disk right after the import.
//!
//! Always: a run fails if the import counts other papers than the snapshot has, or changes one at its second import.
//! Being slow is no failure: it is what is reported.

mod ceiling;
mod options;
mod report;
mod service;
mod snapshot;

use std::fs;

use anyhow::{Context as _, Result, ensure};

pub use options::Options;

use crate::interrupt;

use ceiling::Ceiling;
use service::{BackEnd, Import, Service};

/// What was measured of a back end.
#[derive(Clone, Debug)]
struct Measured {
    back_end: &'static str,
    first: Import,
    /// The import of the same file again.
    second: Import,
    ceiling: Ceiling,
}

/// Runs the benchmark and prints what it found.
///
/// # Errors
/// If something does not work, or an import counts what it should not.
#[expect(clippy::print_stdout, reason = "the report is what it is for")]
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    interrupt::listen(runtime.handle())?;
    let place = Options::place()?;
    let folder = tempfile::tempdir().context("a temporary folder")?;
    let lines = folder.path().join("snapshot.jsonl");
    say(&format!("writing {} lines", options.lines));
    snapshot::write(&lines, options.lines, options.seed)?;
    let bytes = fs::metadata(&lines)?.len();
    let mut measured = Vec::new();
    for back_end in [BackEnd::Sqlite, BackEnd::Postgres] {
        if options.only.is_some_and(|only| only != back_end) {
            continue;
        }
        let service = Service::new(&runtime, back_end, &place, folder.path())?;
        let import = |what: &str| -> Result<Import> {
            say(&format!("{}: {what} import", back_end.name()));
            interrupt::check()?;
            service.import(&lines).with_context(|| format!("the {what} import into {}", back_end.name()))
        };
        let (first, second) = (import("first")?, import("second")?);
        for (import, counted, what) in
            [(&first, first.created, "created"), (&second, second.unchanged, "left unchanged")]
        {
            ensure!(
                import.papers == options.lines && counted == options.lines,
                "{what}: {counted}, {import:?}"
            );
        }
        say(&format!("{}: ceiling", back_end.name()));
        let ceiling = service.ceiling(folder.path())?;
        measured.push(Measured { back_end: back_end.name(), first, second, ceiling });
    }
    println!("{}", report::render(options, bytes, &measured));
    Ok(())
}

/// Progress, for the person who waits; the report alone goes to the output.
#[expect(clippy::print_stderr, reason = "for the person who waits")]
fn say(text: &str) {
    eprintln!("bench-import: {text}");
}
