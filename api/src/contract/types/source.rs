//! Sources that are read over the network, and how they stand.

use async_graphql::{Enum, Object, SimpleObject};
use domain::entity::enums::Source as DomainSource;
use domain::sources::schedule::status::{OpenCircuit, PartStatus, SourceStatus};

use crate::contract::scalars::{Date, DateTime};

/// The sources that can be read by schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainSource")]
pub enum SourceName {
    /// Hugging Face's daily papers.
    HfDaily,
    /// Announcements and changed records of arXiv.
    Arxiv,
}

/// A source that can be read by schedule.
#[derive(Clone, Debug)]
pub struct Source(pub SourceStatus);

/// A source that can be read by schedule.
#[Object]
impl Source {
    /// The name.
    async fn name(&self) -> SourceName {
        self.0.source.into()
    }

    /// Whether the workers read it by schedule: whether the setting `sources` lists it.
    async fn is_scheduled(&self) -> bool {
        self.0.is_scheduled
    }

    /// The time of the last success.
    async fn last_read_at(&self) -> Option<DateTime> {
        self.0.read_at().map(DateTime)
    }

    /// The time of the last attempt.
    async fn last_attempt_at(&self) -> Option<DateTime> {
        self.0.attempted_at().map(DateTime)
    }

    /// The time of the next attempt.
    async fn next_attempt_at(&self) -> Option<DateTime> {
        self.0.next_read_at().map(DateTime)
    }

    /// Why the last attempt failed, or what it waits for.
    async fn problem(&self) -> Option<&str> {
        self.0.error()
    }

    /// Its parts: Hugging Face's days, categories of arXiv, sets of records.
    async fn parts(&self) -> Vec<SourcePart> {
        self.0.parts.iter().map(SourcePart::from).collect()
    }

    /// The hosts of all sources that are not asked for a while, because they failed.
    async fn open_circuits(&self) -> Vec<SourceCircuit> {
        self.0.open_circuits.iter().map(SourceCircuit::from).collect()
    }
}

/// A part of a source.
#[derive(Clone, Debug, SimpleObject)]
pub struct SourcePart {
    /// The name: `days`, a category, or a set of records.
    name: String,
    /// The latest day of which it was read.
    latest_day: Option<Date>,
    /// The papers on the list of that day.
    papers: Option<i32>,
    /// The time of the last success.
    last_read_at: Option<DateTime>,
    /// The time of the last attempt.
    last_attempt_at: Option<DateTime>,
    /// The time of the next attempt.
    next_attempt_at: Option<DateTime>,
    /// Why the last attempt failed, or what it waits for.
    problem: Option<String>,
}

impl From<&PartStatus> for SourcePart {
    fn from(part: &PartStatus) -> Self {
        Self {
            name: part.name.clone(),
            latest_day: part.latest_day.map(Date),
            papers: part.found,
            last_read_at: part.read_at.map(DateTime),
            last_attempt_at: part.attempted_at.map(DateTime),
            next_attempt_at: part.next_read_at.map(DateTime),
            problem: part.error.clone(),
        }
    }
}

/// A host that is not asked for a while.
#[derive(Clone, Debug, SimpleObject)]
pub struct SourceCircuit {
    /// The host.
    host: String,
    /// The time until which it is not asked.
    open_until: DateTime,
    /// Why.
    reason: String,
}

impl From<&OpenCircuit> for SourceCircuit {
    fn from(circuit: &OpenCircuit) -> Self {
        Self {
            host: circuit.host.clone(),
            open_until: DateTime(circuit.until),
            reason: circuit.reason.clone(),
        }
    }
}
