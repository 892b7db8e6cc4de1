//! `daily-papers sources`.

use anyhow::Result;
use chrono::{DateTime, Utc};
use domain::entity::enums::Source;
use domain::sources::schedule::status::{self, PartStatus};

use crate::config::ValidConfig;
use crate::output::print;

/// Shows how the sources stand.
///
/// # Errors
/// If the database is not available.
pub async fn run(config: &ValidConfig) -> Result<()> {
    let services = super::tool_services(config).await?.services;
    let sources = status::all(&services).await?;
    let mut said = Vec::new();
    for source in &sources {
        let schedule = if source.is_scheduled { "read by schedule" } else { "not read by schedule" };
        said.push(format!("{}  {schedule}", name(source.source)));
        said.extend(source.parts.iter().map(describe));
    }
    for circuit in sources.first().map(|source| source.open_circuits.as_slice()).unwrap_or_default() {
        let until = instant(Some(circuit.until));
        said.push(format!("{} is left alone until {until}: {}", circuit.host, circuit.reason));
    }
    print(said.join("\n") + "\n")?;
    Ok(())
}

/// The name of a source, as in the setting `sources`.
fn name(source: Source) -> &'static str {
    match source {
        Source::HfDaily => "hf-daily",
        Source::Arxiv => "arxiv",
    }
}

/// A part in a line, and another one for its problem.
fn describe(part: &PartStatus) -> String {
    let day = part.latest_day.map_or_else(|| "none".to_owned(), |day| day.to_string());
    let found = part.found.map(|found| format!(" ({found} papers)")).unwrap_or_default();
    let said = format!(
        "  {:<24} latest day {day}{found}, read {}, tried {}, next {}",
        part.name,
        instant(part.read_at),
        instant(part.attempted_at),
        instant(part.next_read_at),
    );
    match &part.error {
        Some(error) => format!("{said}\n  {:<24} {error}", ""),
        None => said,
    }
}

/// An instant to the minute.
fn instant(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| at.format("%Y-%m-%d %H:%M UTC").to_string())
}
