//! Where log lines go: to standard error, as text or as JSON.

use std::io::IsTerminal as _;

use anyhow::{Result, anyhow};
use tracing_subscriber::EnvFilter;

/// Libraries whose everyday words nobody needs.
const QUIET: [&str; 5] =
    ["sqlx=warn", "apalis=warn", "apalis_core=warn", "sea_orm_migration=warn", "actix_server=warn"];

/// What a list of directives such as `info,domain=debug` lets pass.
///
/// # Errors
/// What is wrong with it.
pub fn filter(text: &str) -> Result<EnvFilter, String> {
    let mut filter = EnvFilter::try_new(text).map_err(|error| format!("{text:?} is no filter: {error}"))?;
    // Whoever names a library decides on it.
    for quiet in QUIET {
        let library = quiet.split('=').next().unwrap_or_default();
        if !text.contains(library) {
            let quiet = quiet.parse().map_err(|error| format!("{quiet:?} is no directive: {error}"))?;
            filter = filter.add_directive(quiet);
        }
    }
    Ok(filter)
}

/// Begins to log what `text` lets pass.
///
/// # Errors
/// Where `text` is no list of directives.
pub fn start(text: &str, format: &str) -> Result<()> {
    let filter = filter(text).map_err(|problem| anyhow!("configuration: log {problem}"))?;
    // A log that nobody reads any more is no reason to fail.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    let is_terminal = std::io::stderr().is_terminal();
    if format == "json" {
        builder.json().init();
    } else {
        builder.compact().with_ansi(is_terminal).init();
    }
    Ok(())
}
