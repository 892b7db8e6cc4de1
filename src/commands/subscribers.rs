//! `daily-papers subscribers`.

use std::fs::File;

use anyhow::{Context as _, Result, bail};
use domain::subscriptions::roster;

use crate::cli::Subscribers;
use crate::config::Checked;
use crate::output::print;

/// Mistakes that are told.
const TOLD: usize = 50;

/// Imports subscribers from CSV, or exports them.
///
/// # Errors
/// Where the file cannot be read or holds mistakes, or the database fails.
pub async fn run(checked: &Checked, what: Subscribers) -> Result<()> {
    let built = super::tool_services(checked).await?;
    let services = &built.services;
    match what {
        Subscribers::Export => Ok(print(roster::export(services).await?)?),
        Subscribers::Import { file, confirmed } => {
            let opened = File::open(&file).with_context(|| file.display().to_string())?;
            let done = roster::import(services, opened, confirmed).await?;
            services.queue.flush().await;
            let summary = match done {
                Ok(summary) => summary,
                Err(problems) => {
                    for problem in problems.iter().take(TOLD) {
                        eprintln!("{problem}");
                    }
                    bail!("{}: {} mistakes; nothing was imported", file.display(), problems.len());
                }
            };
            let what = if confirmed { "subscribed" } else { "asked to confirm" };
            Ok(print(format!(
                "read {}, {what} {}, unchanged {}, left out {}\n",
                summary.read, summary.subscribed, summary.unchanged, summary.left_out
            ))?)
        }
    }
}
