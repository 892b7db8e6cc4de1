//! `daily-papers subscribers`.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use domain::subscriptions::csv::{self, ImportOptions, ListFile, Report};

use crate::cli::{ImportSubscribers, Subscribers};
use crate::config::ValidConfig;
use crate::output::print;

/// The maximum number of mistakes that are listed.
const MAX_LISTED_MISTAKES: usize = 50;

/// Imports subscribers from CSV, or exports them.
///
/// # Errors
/// If the file cannot be read or holds mistakes, or the database fails.
pub async fn run(config: &ValidConfig, what: Subscribers) -> Result<()> {
    let runtime = super::tool_services(config).await?;
    let services = &runtime.services;
    match what {
        Subscribers::Export => Ok(print(csv::export(services).await?)?),
        Subscribers::Import(import) => {
            let bytes = read_limited(&import.file)?;
            let name = import.file.file_name().unwrap_or_default().to_string_lossy();
            let file = ListFile { bytes: &bytes, name: &name };
            let options = ImportOptions {
                is_confirmed: import.confirmed,
                is_dry: import.dry_run,
                skips_mistakes: import.skip_mistakes,
            };
            let report = csv::import(services, &file, options).await?;
            services.queue.flush().await;
            print_report(&import, &report)
        }
    }
}

/// The bytes of a file that is not too large.
fn read_limited(path: &Path) -> Result<Vec<u8>> {
    let named = || path.display().to_string();
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(named)?;
    file.take(csv::MAX_FILE + 1).read_to_end(&mut bytes).with_context(named)?;
    if bytes.len() as u64 > csv::MAX_FILE {
        bail!("{}: a file can have at most {} MiB; split it", named(), csv::MAX_FILE / (1024 * 1024));
    }
    Ok(bytes)
}

/// Says what became of the file: the counts on standard output, all else beside them.
fn print_report(import: &ImportSubscribers, report: &Report) -> Result<()> {
    let (file, summary) = (import.file.display(), report.summary);
    for line in report.notices.iter().chain(report.mistakes.iter().take(MAX_LISTED_MISTAKES)) {
        eprintln!("{line}");
    }
    if report.mistakes.len() > MAX_LISTED_MISTAKES {
        eprintln!("and {} more", summary.mistakes - MAX_LISTED_MISTAKES);
    }
    if report.is_refused {
        bail!("{file}: {} mistakes; nothing was imported", summary.mistakes);
    }
    let what = match (import.dry_run, import.confirmed) {
        (false, true) => "subscribed",
        (false, false) => "asked to confirm",
        (true, true) => "would subscribe",
        (true, false) => "would ask to confirm",
    };
    print(format!(
        "read {}, {what} {}, unchanged {}, left out {}\n",
        summary.read, summary.subscribed, summary.unchanged, summary.left_out
    ))?;
    if summary.unconfirmed > 0 {
        eprintln!(
            "{} of those left out never confirmed; without --confirmed they are asked to confirm.",
            summary.unconfirmed
        );
    }
    if summary.mistakes > 0 {
        eprintln!("{file}: {} mistakes; their lines were left out", summary.mistakes);
    }
    Ok(())
}
