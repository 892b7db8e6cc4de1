//! How the sources stand: what of each was read last, what failed, and when it is read next.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::enums::{ReadingStatus, Source};
use entity::source_reading::Column;
use entity::{harvest, source, source_circuit, source_reading};
use sea_orm::{ColumnTrait as _, EntityTrait as _, Iterable as _, QueryFilter as _, QueryOrder as _};

use crate::{Result, Services};

/// A source.
#[derive(Clone, Debug)]
pub struct SourceStatus {
    /// The source.
    pub source: Source,
    /// Whether the workers read it by schedule.
    pub is_scheduled: bool,
    /// Its parts, by name.
    pub parts: Vec<PartStatus>,
    /// Hosts of all sources that are left alone for a while.
    pub open_circuits: Vec<OpenCircuit>,
}

/// A part of a source: Hugging Face's days, a category's announcements, the harvest of a set.
#[derive(Clone, Debug)]
pub struct PartStatus {
    /// The name: `days`, a category, or a set of OAI-PMH.
    pub name: String,
    /// The latest day of which something was read.
    pub latest_day: Option<NaiveDate>,
    /// Papers on the list of that day.
    pub found: Option<i32>,
    /// When it was asked for last.
    pub attempted_at: Option<DateTime<Utc>>,
    /// When it was read last.
    pub read_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed, or what is awaited.
    pub error: Option<String>,
    /// When it is read next.
    pub next_read_at: Option<DateTime<Utc>>,
}

/// A host that is left alone for a while.
#[derive(Clone, Debug)]
pub struct OpenCircuit {
    /// The host.
    pub host: String,
    /// Until when.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

impl SourceStatus {
    /// When something of it was read last.
    #[must_use]
    pub fn read_at(&self) -> Option<DateTime<Utc>> {
        self.parts.iter().filter_map(|part| part.read_at).max()
    }

    /// When it was asked last.
    #[must_use]
    pub fn attempted_at(&self) -> Option<DateTime<Utc>> {
        self.parts.iter().filter_map(|part| part.attempted_at).max()
    }

    /// When it is read next.
    #[must_use]
    pub fn next_read_at(&self) -> Option<DateTime<Utc>> {
        self.parts.iter().filter_map(|part| part.next_read_at).min()
    }

    /// The error of the part that was asked for last among those that have one.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        let failing = self.parts.iter().filter(|part| part.error.is_some());
        failing.max_by_key(|part| part.attempted_at).and_then(|part| part.error.as_deref())
    }
}

/// All sources.
///
/// # Errors
/// If the database fails.
pub async fn all(services: &Services) -> Result<Vec<SourceStatus>> {
    let db = services.db.read();
    let now = services.now();
    let scheduled: HashMap<Source, bool> =
        source::Entity::find().all(db).await?.into_iter().map(|row| (row.name, row.is_scheduled)).collect();
    let readings = source_reading::Entity::find().order_by_desc(Column::Day).all(db).await?;
    let harvests = harvest::Entity::find()
        .filter(harvest::Column::IsScheduled.eq(true))
        .order_by_asc(harvest::Column::Key)
        .all(db)
        .await?;
    let open_circuits: Vec<OpenCircuit> = source_circuit::Entity::find()
        .filter(source_circuit::Column::OpenUntil.gt(now))
        .order_by_asc(source_circuit::Column::Host)
        .all(db)
        .await?
        .into_iter()
        .filter_map(|row| {
            Some(OpenCircuit {
                host: row.host,
                until: row.open_until?,
                reason: row.reason.unwrap_or_default(),
            })
        })
        .collect();
    let status = |source| {
        let of_source = |row: &&source_reading::Model| row.source == source;
        let mut names: Vec<&str> = readings.iter().filter(of_source).map(|row| row.part.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let mut parts: Vec<PartStatus> = names
            .into_iter()
            .map(|name| list_status(name, readings.iter().filter(of_source).filter(|row| row.part == name)))
            .collect();
        if source == Source::Arxiv {
            parts.extend(harvests.iter().map(harvest_status));
        }
        SourceStatus {
            source,
            is_scheduled: scheduled.get(&source).copied().unwrap_or_default(),
            parts,
            open_circuits: open_circuits.clone(),
        }
    };
    Ok(Source::iter().map(status).collect())
}

/// A part of lists, the latest day first.
fn list_status<'a>(name: &str, rows: impl Iterator<Item = &'a source_reading::Model>) -> PartStatus {
    let rows: Vec<_> = rows.collect();
    let is_read = |row: &&&source_reading::Model| {
        matches!(row.status, ReadingStatus::Read | ReadingStatus::Settled) && row.read_at.is_some()
    };
    let latest = rows.iter().find(is_read);
    let last_tried = rows.iter().max_by_key(|row| row.attempted_at);
    PartStatus {
        name: if name.is_empty() { "days".to_owned() } else { name.to_owned() },
        latest_day: latest.map(|row| row.day),
        found: latest.and_then(|row| row.found),
        attempted_at: last_tried.and_then(|row| row.attempted_at),
        read_at: rows.iter().filter_map(|row| row.read_at).max(),
        error: rows.iter().filter(|row| row.next_read_at.is_some()).find_map(|row| row.error.clone()),
        next_read_at: rows.iter().filter_map(|row| row.next_read_at).min(),
    }
}

fn harvest_status(row: &harvest::Model) -> PartStatus {
    PartStatus {
        name: row.key.clone(),
        latest_day: row.finished_at.and(row.from_day),
        found: None,
        attempted_at: row.attempted_at,
        read_at: row.read_at,
        error: row.error.clone(),
        next_read_at: row.next_read_at,
    }
}
