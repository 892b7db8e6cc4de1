//! Where log lines go: to standard error, as text or as JSON.

use std::io::IsTerminal as _;

use anyhow::{Context as _, Result};
use tracing_subscriber::EnvFilter;

/// Libraries whose everyday words nobody needs.
const QUIET: [&str; 5] =
    ["sqlx=warn", "apalis=warn", "apalis_core=warn", "sea_orm_migration=warn", "actix_server=warn"];

/// Begins to log what `filter` lets pass.
///
/// # Errors
/// Where `filter` is no list of directives.
pub fn start(filter: &str, format: &str) -> Result<()> {
    let mut directives =
        EnvFilter::try_new(filter).with_context(|| format!("log: {filter:?} is no filter"))?;
    // Whoever names a library decides on it.
    for quiet in QUIET {
        let library = quiet.split('=').next().unwrap_or_default();
        if !filter.contains(library) {
            directives = directives.add_directive(quiet.parse()?);
        }
    }
    let builder = tracing_subscriber::fmt().with_env_filter(directives).with_writer(std::io::stderr);
    let is_terminal = std::io::stderr().is_terminal();
    if format == "json" {
        builder.json().init()
    } else {
        builder.compact().with_ansi(is_terminal).init()
    }
    Ok(())
}
