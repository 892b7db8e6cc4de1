//! Imports over the network that somebody asks for: days of Hugging Face, announcements, a harvest, single papers.
//!
//! A request is done part by part, each written with the position of the run; a harvest keeps its place in a row of its
//! own. So a run that was killed goes on behind the last part, in this process or another one.
//!
//! Always: a part that cannot be read is tried again a few times, when its site allows it; then it is a problem of the
//! run, and the next part follows.

use arxiv::ArxivId;
use async_trait::async_trait;
use chrono::NaiveDate;
use entity::enums::{ImportStatus, PaperSource};
use entity::import_run;
use sea_orm::DatabaseTransaction;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::error::UserErrorCode;
use crate::papers::upsert::UpsertResult;
use crate::papers::{NewPaper, history};
use crate::sources::formats::record::{Record, RecordContent};
use crate::sources::network::ask::Asked;
use crate::sources::read::{announcement, hf_day, single};
use crate::sources::schedule;
use crate::{Error, Result, Services};

use super::harvest_run::{self, WantedRecords};
use super::input::BATCH_SIZE;
use super::patience::{self, MAX_ATTEMPTS, MAX_WAIT};
use super::pipeline::{self, Alongside, Progress};
use super::run_rows;

/// The reason for which a part is put off while another request has the turn.
const TURN_TAKEN: &str = "Another request to the site is under way.";

/// Papers of one request to the query API.
const IDS_PER_PART: usize = 100;

/// Days, categories or papers that can be asked for at once.
pub const MAX_PARTS: usize = 5_000;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SourceRequest {
    /// Hugging Face's daily papers of days.
    HfDaily {
        /// The days.
        days: Vec<NaiveDate>,
    },
    /// The newest announcements of categories of arXiv.
    ArxivListing {
        /// The categories.
        categories: Vec<String>,
    },
    /// Records of arXiv that changed.
    ArxivOai {
        /// The set, such as `cs:cs:CL`; all, if there is none.
        set: Option<String>,
        /// The first day of changes.
        from: Option<NaiveDate>,
        /// The last day of changes.
        until: Option<NaiveDate>,
    },
    /// Papers of arXiv by identifier.
    ArxivQuery {
        /// The identifiers.
        ids: Vec<String>,
    },
}

impl SourceRequest {
    /// The source of the papers.
    #[must_use]
    pub fn source(&self) -> PaperSource {
        match self {
            Self::HfDaily { .. } => PaperSource::HfDaily,
            Self::ArxivListing { .. } => PaperSource::ArxivListing,
            Self::ArxivOai { .. } => PaperSource::ArxivOai,
            Self::ArxivQuery { .. } => PaperSource::ArxivQuery,
        }
    }

    /// The request as it is stored with its run.
    pub(in crate::sources) fn to_text(&self) -> String {
        // Serialising to memory what has no maps fails for no value.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Parts of which the position of a run is counted; a harvest counts its records itself.
    fn parts(&self) -> usize {
        match self {
            Self::HfDaily { days } => days.len(),
            Self::ArxivListing { categories } => categories.len(),
            Self::ArxivOai { .. } => 1,
            Self::ArxivQuery { ids } => ids.len().div_ceil(IDS_PER_PART),
        }
    }
}

/// Does a request in this process, and tells `progress` after every part. Returns the finished run.
///
/// # Errors
/// `CONFLICT` if an administrator has cancelled the run, and if the database fails.
pub async fn run(
    services: &Services,
    request: &SourceRequest,
    progress: impl Fn(&Progress),
) -> Result<import_run::Model> {
    require_contact(services, &[])?;
    let text = request.to_text();
    let run = run_rows::begin_answer(services, request.source(), &text, &text).await?;
    let run = read(services, request, run, &CancellationToken::new(), progress).await?;
    finish(services, run).await
}

/// Refuses to ask a source as long as its owner cannot reach the operator.
///
/// # Errors
/// `CONFLICT` if the setting is not set.
pub(in crate::sources) fn require_contact(services: &Services, field: &[&str]) -> Result<()> {
    if services.settings.sources.contact.is_some() {
        return Ok(());
    }
    let message = "Reading a source over the network requires the setting source_contact.";
    Err(Error::user(UserErrorCode::Conflict, field, message))
}

/// Ends a run that has read everything; one that a harvest has ended is as it is.
pub(in crate::sources) async fn finish(
    services: &Services,
    run: import_run::Model,
) -> Result<import_run::Model> {
    match run.status {
        ImportStatus::Running => pipeline::finish(services, &run).await,
        ImportStatus::Done => Ok(run),
        ImportStatus::Failed | ImportStatus::Cancelled => Err(run_rows::ended(run.id, Some(run.status))),
    }
}

/// Reads what of a request the run has not dealt with. Returns how far it got: to the end, if `stop` was not cancelled.
pub(in crate::sources) async fn read(
    services: &Services,
    request: &SourceRequest,
    mut run: import_run::Model,
    stop: &CancellationToken,
    progress: impl Fn(&Progress),
) -> Result<import_run::Model> {
    if let SourceRequest::ArxivOai { set, from, until } = request {
        let wanted = WantedRecords { set: set.clone(), from: *from, until: *until };
        return harvest_run::read(services, wanted, run, stop, progress).await;
    }
    let of = request.parts();
    let told = |run: &import_run::Model| Progress {
        bytes: u64::try_from(run.position).unwrap_or_default(),
        of: u64::try_from(of).unwrap_or_default(),
        run: run.clone(),
    };
    progress(&told(&run));
    while let Ok(part) = usize::try_from(run.position)
        && part < of
        && !stop.is_cancelled()
    {
        let Some(records) = attempts(services, &run, request, part, stop).await? else { break };
        run = write(services, run, part, records).await?;
        progress(&told(&run));
    }
    Ok(run)
}

/// Writes the records of a part, the last of them with the position behind it.
async fn write(
    services: &Services,
    mut run: import_run::Model,
    part: usize,
    records: Vec<Record>,
) -> Result<import_run::Model> {
    let behind = i64::try_from(part + 1).unwrap_or(i64::MAX);
    let counted = Counted { day: services.now().date_naive(), source: run.source };
    let mut records = records.into_iter().peekable();
    loop {
        let batch: Vec<_> = records.by_ref().take(BATCH_SIZE).collect();
        let position = if records.peek().is_none() { behind } else { run.position };
        run = pipeline::commit_with(services, &import_run::Model { position, ..run }, batch, Some(&counted))
            .await?;
        if records.peek().is_none() {
            return Ok(run);
        }
    }
}

/// The records of a part; what cannot be read in a few attempts is one record that says why. `None` if `stop` was
/// cancelled.
async fn attempts(
    services: &Services,
    run: &import_run::Model,
    request: &SourceRequest,
    part: usize,
    stop: &CancellationToken,
) -> Result<Option<Vec<Record>>> {
    let mut said = String::new();
    let mut failures = 0;
    while failures < MAX_ATTEMPTS {
        let asked = tokio::select! {
            asked = ask(services, request, part) => asked?,
            () = stop.cancelled() => return Ok(None),
        };
        let (at, reason) = match asked {
            Asked::Read(records) => return Ok(Some(records)),
            Asked::NotModified | Asked::Failed { status: Some(404 | 410), .. } => {
                return Ok(Some(Vec::new()));
            }
            Asked::Later { at, reason } => (at, reason.unwrap_or_else(|| TURN_TAKEN.to_owned())),
            Asked::Failed { at, reason, .. } => {
                failures += 1;
                (at, reason)
            }
        };
        said = reason;
        if at > services.now() + MAX_WAIT {
            break;
        }
        tracing::info!(until = %at, reason = said, "waiting for a source");
        if !patience::wait(services, run, at, stop).await? {
            return Ok(None);
        }
    }
    let item = part_name(request, part);
    Ok(Some(vec![Record { item, found: RecordContent::UnreadableFile(said) }]))
}

async fn ask(services: &Services, request: &SourceRequest, part: usize) -> Result<Asked<Vec<Record>>> {
    Ok(match request {
        SourceRequest::HfDaily { days } => {
            let day = days.get(part).copied().unwrap_or_default();
            hf_day::read(services, day, fetch::Validators::default()).await?.map(|list| list.records)
        }
        SourceRequest::ArxivListing { categories } => {
            let category = categories.get(part).map(String::as_str).unwrap_or_default();
            announcement::read(services, category).await?.map(|announced| announced.list.records)
        }
        SourceRequest::ArxivQuery { ids } => {
            let ids: Vec<ArxivId> = ids
                .chunks(IDS_PER_PART)
                .nth(part)
                .unwrap_or_default()
                .iter()
                .filter_map(|id| ArxivId::parse(id))
                .collect();
            let asked = single::read(services, &ids).await?;
            let Asked::Read(mut contents) = asked else { return Ok(asked.map(|_| Vec::new())) };
            // A short answer happens for known papers, too: what is missing is asked for alone.
            for id in missing(&ids, &contents).into_iter().filter(|_| ids.len() > 1) {
                match single::read(services, std::slice::from_ref(&id)).await? {
                    Asked::Read(alone) => contents.extend(alone),
                    other => return Ok(other.map(|_| Vec::new())),
                }
            }
            Asked::Read(found_of(&ids, contents))
        }
        SourceRequest::ArxivOai { .. } => {
            return Err(Error::Internal("a harvest has no parts".to_owned()));
        }
    })
}

/// The identifiers of which an answer has no paper.
fn missing(ids: &[ArxivId], contents: &[RecordContent]) -> Vec<ArxivId> {
    let is_there = |id: &&ArxivId| {
        contents.iter().any(
            |found| matches!(found, RecordContent::Paper(paper, _) if paper.arxiv_id.as_ref() == Some(id)),
        )
    };
    ids.iter().filter(|id| !is_there(id)).cloned().collect()
}

/// A record for each identifier, also for one that arXiv does not have.
fn found_of(ids: &[ArxivId], contents: Vec<RecordContent>) -> Vec<Record> {
    let missing = missing(ids, &contents);
    let mut records: Vec<Record> = Vec::new();
    for (found, number) in contents.into_iter().zip(1_u32..) {
        let id = match &found {
            RecordContent::Paper(paper, _) => paper.arxiv_id.clone(),
            _ => None,
        };
        records
            .push(Record { item: id.map_or_else(|| format!("entry {number}"), |id| id.to_string()), found });
    }
    let unknown = missing.into_iter().map(|id| Record {
        item: id.to_string(),
        found: RecordContent::Refused("arXiv has no paper with this identifier.".to_owned()),
    });
    records.extend(unknown.collect::<Vec<_>>());
    records
}

fn part_name(request: &SourceRequest, part: usize) -> String {
    match request {
        SourceRequest::HfDaily { days } => days.get(part).map(ToString::to_string),
        SourceRequest::ArxivListing { categories } => categories.get(part).cloned(),
        SourceRequest::ArxivQuery { .. } | SourceRequest::ArxivOai { .. } => None,
    }
    .unwrap_or_else(|| format!("part {}", part + 1))
}

/// Writes what a source counts for the papers of a batch.
struct Counted {
    day: NaiveDate,
    source: PaperSource,
}

#[async_trait]
impl Alongside for Counted {
    async fn write(
        &self,
        tx: &DatabaseTransaction,
        _: &import_run::Model,
        written: &[(&NewPaper, UpsertResult)],
    ) -> Result<()> {
        if self.source == PaperSource::HfDaily {
            history::record(tx, self.day, &schedule::counts(written)).await?;
        }
        Ok(())
    }
}
