//! `daily-papers import`.

use std::time::Instant;

use anyhow::{Result, anyhow};
use db::paging::RowList;
use domain::Services;
use domain::entity::{import_problem, import_run};
use domain::sources::imports::pipeline::{self, Progress};
use domain::sources::imports::{request, runs};
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::Import;
use crate::commands::import_input::ImportInput;
use crate::config::ValidConfig;
use crate::output::print;

/// The maximum number of rejected records that are listed; all are in the database.
const MAX_LISTED_PROBLEMS: u64 = 20;

/// Imports, telling how far it is, and what became of the records.
///
/// # Errors
/// If a path does not exist, a file cannot be read, every record is rejected, or the database fails.
pub async fn run(config: &ValidConfig, source: Import) -> Result<()> {
    let input = ImportInput::of(source)?;
    let runtime = super::tool_services(config).await?;
    let services = &runtime.services;
    let started = Instant::now();
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}, {eta} left")?);
    let run = match &input {
        ImportInput::Files(kind, paths) => {
            pipeline::files(services, kind.clone(), paths, |progress| show_progress(&bar, started, progress))
                .await?
        }
        ImportInput::Network(request) => {
            request::run(services, request, |progress| show_progress(&bar, started, progress)).await?
        }
    };
    bar.finish_and_clear();
    services.queue.flush().await;
    services.events.flush().await;
    list_problems(services, "rejected", runs::problems(run.id), run.rejected + run.unreadable_files).await?;
    list_problems(services, "warning", runs::warnings(run.id), run.warnings).await?;
    print(format_summary(&run, started))?;
    failure_reason(&run).map_or(Ok(()), |reason| Err(anyhow!(reason)))
}

/// Lists the first records that an import refused or left out something of.
async fn list_problems(
    services: &Services,
    what: &str,
    list: RowList<import_problem::Entity>,
    count: i32,
) -> Result<()> {
    for problem in runs::first(services, list, MAX_LISTED_PROBLEMS).await? {
        eprintln!("{what}: {}", runs::line(&problem));
    }
    let more = u64::try_from(count).unwrap_or_default().saturating_sub(MAX_LISTED_PROBLEMS);
    if more > 0 {
        eprintln!("… and {more} more of this kind, in the table import_problem");
    }
    Ok(())
}

/// The summary of an import; rare counts are shown only if they are not zero.
fn format_summary(run: &import_run::Model, started: Instant) -> String {
    let mut said = format!(
        "read {}, created {}, updated {}, unchanged {}, rejected {}",
        run.read, run.created, run.updated, run.unchanged, run.rejected,
    );
    for (count, what) in [(run.warnings, "warnings"), (run.unreadable_files, "unreadable files")] {
        if count > 0 {
            said.extend([", ", what, " ", &count.to_string()]);
        }
    }
    format!("{said} (run {}, {:.1} s)\n", run.id, started.elapsed().as_secs_f32())
}

/// The reason why the person who started the import should look at it.
fn failure_reason(run: &import_run::Model) -> Option<&'static str> {
    if run.unreadable_files > 0 {
        Some("Something could not be read; see the reasons above.")
    } else if run.read > 0 && run.rejected == run.read {
        Some("Every record was rejected; see the reasons above.")
    } else {
        None
    }
}

/// A bar on a terminal; elsewhere a line for every batch.
fn show_progress(bar: &ProgressBar, started: Instant, progress: &Progress) {
    let rate = f64::from(progress.run.read) / started.elapsed().as_secs_f64().max(0.001);
    let said = format!("{} records, {rate:.0} a second", progress.run.read);
    if bar.is_hidden() {
        eprintln!("{said}");
    } else {
        bar.set_length(progress.of.max(progress.bytes));
        bar.set_position(progress.bytes);
        bar.set_message(said);
    }
}
