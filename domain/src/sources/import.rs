//! The pipeline of imports: records in batches into the database, each batch with its problems and the
//! progress of the run in one transaction.
//!
//! A run that was killed is found by the fingerprint of its input and goes on from where it was, so the end
//! is the same as without the interruption. Whoever goes on with a run becomes its owner; another process
//! that still works on it finds that out at its next batch and stops.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use data_encoding::HEXLOWER;
use entity::enums::{ImportStatus, PaperSource};
use entity::{import_problem, import_run};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
};
use sha2::{Digest as _, Sha256};

use crate::db::Lock;
use crate::error::{Error, UserErrorCode};
use crate::events::Event;
use crate::papers::NewPaper;
use crate::papers::upsert::{self, Outcome, Written};
use crate::queue::Job;
use crate::{Result, Services, random};

use super::hf_daily;

/// Records in one transaction.
const BATCH: usize = 500;

/// Events that one batch publishes: who watches sees that much is happening, and an archive floods nobody.
const EVENTS: usize = 100;

/// Octets of a file that is read; a day has some hundred thousand.
const MAX_FILE: u64 = 256 << 20;

/// One record of an input: what it is called in messages, and the paper or why there is none.
#[derive(Clone, Debug)]
struct Record {
    item: String,
    paper: std::result::Result<NewPaper, String>,
}

/// How far an import is.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Octets of the input that are dealt with.
    pub octets: u64,
    /// Octets of the input.
    pub of: u64,
    /// The run.
    pub run: import_run::Model,
}

/// A file of the input.
#[derive(Clone, Debug)]
struct File {
    path: PathBuf,
    size: u64,
}

/// Imports files and folders of Hugging Face's daily-papers JSON; of a folder all files named `*.json`, by
/// name. Tells `progress` after every batch, and answers the finished run.
///
/// # Errors
/// `INVALID` where a path does not exist or nothing is there to read, `CONFLICT` where another process has
/// taken the run over, and where the database fails.
pub async fn hf_daily(
    services: &Services,
    paths: &[PathBuf],
    progress: impl Fn(&Progress),
) -> Result<import_run::Model> {
    let files = files(paths)?;
    let mut run = begin(services, PaperSource::HfDaily, fingerprint(&files)).await?;
    let of = files.iter().map(|file| file.size).sum();
    let (mut octets, mut place) = (0, 0_i64);
    let mut batch = Vec::with_capacity(BATCH);
    progress(&Progress { octets, of, run: run.clone() });
    for file in &files {
        for record in read(&file.path, services) {
            place += 1;
            if place > run.position {
                batch.push(record);
            }
            if batch.len() == BATCH {
                run = commit(services, &run, std::mem::take(&mut batch)).await?;
                progress(&Progress { octets, of, run: run.clone() });
            }
        }
        octets += file.size;
    }
    if !batch.is_empty() {
        run = commit(services, &run, batch).await?;
    }
    let run = finish(services, &run).await?;
    progress(&Progress { octets, of, run: run.clone() });
    services.wake(Job::PublishEditions);
    services.wake(Job::PlanDigests);
    Ok(run)
}

/// Puts papers into the database as one run, where none of the kind was made before.
///
/// # Errors
/// Where the database fails.
pub(super) async fn papers(
    services: &Services,
    source: PaperSource,
    papers: Vec<NewPaper>,
) -> Result<import_run::Model> {
    let mut run = begin(services, source, "embedded".to_owned()).await?;
    let records = papers.into_iter().zip(1_i64..).filter(|&(_, place)| place > run.position);
    let records: Vec<_> =
        records.map(|(paper, place)| Record { item: format!("paper {place}"), paper: Ok(paper) }).collect();
    for batch in records.chunks(BATCH) {
        run = commit(services, &run, batch.to_vec()).await?;
    }
    finish(services, &run).await
}

fn files(paths: &[PathBuf]) -> Result<Vec<File>> {
    let unreadable = |path: &Path, error: &std::io::Error| {
        Error::user(UserErrorCode::Invalid, &["path"], format!("{}: {error}", path.display()))
    };
    let mut files = Vec::new();
    for path in paths {
        let meta = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if !meta.is_dir() {
            files.push(File { path: path.clone(), size: meta.len() });
            continue;
        }
        let mut found = Vec::new();
        for entry in std::fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
            let path = entry.map_err(|error| unreadable(path, &error))?.path();
            let meta = std::fs::metadata(&path).map_err(|error| unreadable(&path, &error))?;
            if meta.is_file() && path.extension().is_some_and(|extension| extension == "json") {
                found.push(File { path, size: meta.len() });
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        files.extend(found);
    }
    if files.is_empty() {
        let message = "There is no .json file to import.";
        return Err(Error::user(UserErrorCode::Invalid, &["path"], message));
    }
    Ok(files)
}

/// What an input is recognised by: the names, sizes and times of its files.
fn fingerprint(files: &[File]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        let path = std::fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone());
        let time = std::fs::metadata(&path).and_then(|meta| meta.modified()).ok();
        let time = time.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
        hash.update(format!("{}\0{}\0{}\n", path.display(), file.size, time.as_millis()));
    }
    HEXLOWER.encode(&hash.finalize())
}

/// The records of a file; one that says why, where it cannot be read.
fn read(path: &Path, services: &Services) -> Vec<Record> {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let day: Option<NaiveDate> =
        path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
    let octets = std::fs::metadata(path).and_then(|meta| {
        if meta.len() > MAX_FILE {
            return Err(std::io::Error::other(format!("more than {MAX_FILE} octets")));
        }
        std::fs::read(path)
    });
    let items = octets
        .map_err(|error| error.to_string())
        .and_then(|octets| hf_daily::parse(&octets, day, &services.settings.calendar));
    match items {
        Ok(items) => {
            let record = |(paper, number)| Record { item: format!("{name}, item {number}"), paper };
            items.into_iter().zip(1..).map(record).collect()
        }
        Err(reason) => vec![Record { item: name, paper: Err(reason) }],
    }
}

/// Starts a run, or goes on with the one on the same input that was not finished.
async fn begin(services: &Services, source: PaperSource, input: String) -> Result<import_run::Model> {
    let now = services.now();
    let input = &input;
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                Lock::ImportRuns.hold(tx).await?;
                let unfinished = import_run::Entity::find()
                    .filter(import_run::Column::Source.eq(source))
                    .filter(import_run::Column::Status.eq(ImportStatus::Running))
                    .filter(import_run::Column::Input.eq(input.as_str()))
                    .one(tx)
                    .await?;
                if let Some(run) = unfinished {
                    let mut run: import_run::ActiveModel = run.into();
                    run.owner = Set(random::name());
                    return Ok(run.update(tx).await?);
                }
                let run = import_run::ActiveModel {
                    id: NotSet,
                    source: Set(source),
                    status: Set(ImportStatus::Running),
                    input: Set(input.clone()),
                    owner: Set(random::name()),
                    started_at: Set(now),
                    finished_at: Set(None),
                    position: Set(0),
                    read: Set(0),
                    created: Set(0),
                    updated: Set(0),
                    unchanged: Set(0),
                    rejected: Set(0),
                };
                Ok(run.insert(tx).await?)
            })
        })
        .await
}

async fn commit(
    services: &Services,
    run: &import_run::Model,
    batch: Vec<Record>,
) -> Result<import_run::Model> {
    let now = services.now();
    let batch = &batch;
    let work = services.db.write(|tx| Box::pin(async move { write(tx, now, run, batch).await }));
    let (run, written) = work.await?;
    for event in events(&written, services.settings.calendar.today(now)) {
        services.publish(event);
    }
    Ok(run)
}

/// What a batch has to tell of: papers that came onto the open feed, and those that changed.
fn events(written: &[Written], today: NaiveDate) -> Vec<Event> {
    let mut events = Vec::new();
    for &Written { paper_id, outcome, featured_on } in written {
        let told = [
            (featured_on == Some(today)).then_some(Event::PaperFeatured { paper_id }),
            (outcome == Outcome::Updated).then_some(Event::PaperChanged { paper_id }),
        ];
        for event in told.into_iter().flatten() {
            if events.len() < EVENTS && !events.contains(&event) {
                events.push(event);
            }
        }
    }
    events
}

async fn write(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    run: &import_run::Model,
    batch: &[Record],
) -> Result<(import_run::Model, Vec<Written>)> {
    let papers: Vec<NewPaper> =
        batch.iter().filter_map(|record| record.paper.as_ref().ok()).cloned().collect();
    let written = upsert::upsert(tx, now, &papers).await?;
    let count = |wanted| {
        let found = written.iter().filter(|paper| paper.outcome == wanted).count();
        i32::try_from(found).unwrap_or(i32::MAX)
    };
    let problems: Vec<_> = batch
        .iter()
        .filter_map(|record| Some((record, record.paper.as_ref().err()?)))
        .map(|(record, reason)| import_problem::ActiveModel {
            id: NotSet,
            import_run_id: Set(run.id),
            item: Set(record.item.clone()),
            reason: Set(reason.clone()),
        })
        .collect();
    let (read, rejected) = (batch.len(), problems.len());
    if !problems.is_empty() {
        import_problem::Entity::insert_many(problems).exec_without_returning(tx).await?;
    }
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let next = import_run::Model {
        position: run.position + i64::from(number(read)),
        read: run.read + number(read),
        created: run.created + count(Outcome::Created),
        updated: run.updated + count(Outcome::Updated),
        unchanged: run.unchanged + count(Outcome::Unchanged),
        rejected: run.rejected + number(rejected),
        ..run.clone()
    };
    save(tx, &next).await?;
    Ok((next, written))
}

async fn finish(services: &Services, run: &import_run::Model) -> Result<import_run::Model> {
    let finished =
        import_run::Model { status: ImportStatus::Done, finished_at: Some(services.now()), ..run.clone() };
    let next = &finished;
    services.db.write(|tx| Box::pin(async move { save(tx, next).await })).await?;
    Ok(finished)
}

/// Writes the state of a run, if it is still ours.
async fn save(tx: &DatabaseTransaction, run: &import_run::Model) -> Result<()> {
    let row: import_run::ActiveModel = run.clone().into();
    let done = import_run::Entity::update_many()
        .set(row.reset_all())
        .filter(import_run::Column::Id.eq(run.id))
        .filter(import_run::Column::Owner.eq(run.owner.as_str()))
        .exec(tx)
        .await?;
    if done.rows_affected == 0 {
        let message = format!("Another process has taken over import run {}.", run.id);
        return Err(Error::user(UserErrorCode::Conflict, &[], message));
    }
    Ok(())
}
