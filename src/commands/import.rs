//! `daily-papers import`.

use std::time::Instant;

use anyhow::Result;
use domain::paging::{self, Part, Slice};
use domain::sources::import::{self, Progress};
use domain::sources::runs;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::Import;
use crate::config::Checked;
use crate::output::print;

/// Refused records that are named; all are in the database.
const NAMED: u64 = 20;

/// Imports, telling how far it is, and what became of the records.
///
/// # Errors
/// Where a path does not exist, or the database fails.
pub async fn run(checked: &Checked, source: Import) -> Result<()> {
    let Import::HfDaily { paths } = source;
    let built = super::tool_services(checked).await?;
    let services = &built.services;
    let started = Instant::now();
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}")?);
    let run = import::hf_daily(services, &paths, |progress| show(&bar, progress)).await?;
    bar.finish_and_clear();
    services.queue.flush().await;
    services.events.flush().await;
    let first = Part::new(
        runs::problems(run.id),
        Slice { limit: NAMED, from_end: false, after: None, before: None },
        (),
    );
    for problem in paging::page(services.db.read(), &first).await?.rows {
        eprintln!("rejected: {}", runs::line(&problem));
    }
    let more = u64::try_from(run.rejected).unwrap_or_default().saturating_sub(NAMED);
    if more > 0 {
        eprintln!("… and {more} more, in the table import_problem of run {}", run.id);
    }
    let summary = format!(
        "read {}, created {}, updated {}, unchanged {}, rejected {} (run {}, {:.1} s)\n",
        run.read,
        run.created,
        run.updated,
        run.unchanged,
        run.rejected,
        run.id,
        started.elapsed().as_secs_f32(),
    );
    Ok(print(summary)?)
}

/// A bar on a terminal; elsewhere a line for every batch.
fn show(bar: &ProgressBar, progress: &Progress) {
    let said = format!("{} records", progress.run.read);
    if bar.is_hidden() {
        eprintln!("{said}");
    } else {
        bar.set_length(progress.of);
        bar.set_position(progress.octets);
        bar.set_message(said);
    }
}
