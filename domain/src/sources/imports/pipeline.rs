//! The pipeline of imports: records in batches into the database, each batch with its problems and the
//! progress of the run in one transaction.
//!
//! A run that was killed goes on from where it was, so the end is the same as without the interruption: one of
//! the command line when it is started again on the same input, one of a worker when its lease is over.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use entity::enums::{ImportStatus, PaperSource};
use entity::{import_problem, import_run};
use plain_text::one_line;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    DatabaseTransaction, EntityTrait as _,
};
use tokio_util::sync::CancellationToken;

use crate::calendar::DayBounds;
use crate::events::Event;
use crate::papers::upsert::{self, Outcome, UpsertResult};
use crate::papers::{NewPaper, PreparedPaper};
use crate::queue::Job;
use crate::sources::imports::run_rows;
use crate::{Result, Services};

use super::files::Files;
use super::input::{BATCH_SIZE, Batch, Input, InputKind};
use crate::sources::formats::record::{Record, RecordContent};

/// The maximum number of events that a batch publishes, so that an archive does not flood listeners.
const MAX_EVENTS_PER_BATCH: usize = 100;

/// The progress of an import.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Bytes of the input that are dealt with.
    pub bytes: u64,
    /// Bytes of the input.
    pub of: u64,
    /// The run.
    pub run: import_run::Model,
}

/// Imports files, and of folders all files of the kind, by name. Tells `progress` after every batch, and returns the
/// finished run.
///
/// # Errors
/// `INVALID` if a path does not exist or nothing is there to read, `CONFLICT` if another process has
/// taken the run over or an administrator has cancelled it, and if the database fails.
pub async fn files(
    services: &Services,
    kind: InputKind,
    paths: &[PathBuf],
    progress: impl Fn(&Progress),
) -> Result<import_run::Model> {
    let files = Files::at(paths, kind.extensions())?;
    let input = Input { kind, files };
    let run = run_rows::begin(services, input.kind.source(), &input.fingerprint()).await?;
    let run = read(services, input, run, &CancellationToken::new(), progress).await?;
    finish(services, &run).await
}

/// Reads what of an input the run has not dealt with. Returns how far it got: to the end, if `stop` was not cancelled.
pub(in crate::sources) async fn read(
    services: &Services,
    input: Input,
    mut run: import_run::Model,
    stop: &CancellationToken,
    progress: impl Fn(&Progress),
) -> Result<import_run::Model> {
    let of = input.bytes();
    progress(&Progress { bytes: 0, of, run: run.clone() });
    let bounds = DayBounds::new(services.settings.calendar.clone(), services.now());
    let mut batches = input.read(run.position, bounds);
    while let Some(Batch { records, position, bytes }) = batches.next().await? {
        if !records.is_empty() {
            let before = (run.created, run.updated);
            run = commit(services, &import_run::Model { position, ..run }, records).await?;
            batches.expect_news((run.created, run.updated) != before);
        }
        progress(&Progress { bytes, of, run: run.clone() });
        held(services, stop).await;
        if stop.is_cancelled() {
            break;
        }
    }
    Ok(run)
}

/// Waits while a test holds the import at this place.
async fn held(services: &Services, stop: &CancellationToken) {
    while services.clock.holds_work() && !stop.is_cancelled() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Ends a run that has read everything, and has looked after what follows from new papers.
pub(in crate::sources) async fn finish(
    services: &Services,
    run: &import_run::Model,
) -> Result<import_run::Model> {
    let run = run_rows::finish(services, run).await?;
    follow_up(services, &run);
    Ok(run)
}

/// Counts a run that has read everything, and looks after what follows from new papers.
fn follow_up(services: &Services, run: &import_run::Model) {
    run_rows::count(run);
    services.wake(Job::PublishEditions);
    services.wake(Job::PlanDigests);
}

/// Puts papers into the database as one run, if none of the kind was made before.
pub(in crate::sources) async fn papers(
    services: &Services,
    source: PaperSource,
    papers: Vec<NewPaper>,
) -> Result<import_run::Model> {
    let mut run = run_rows::begin(services, source, "embedded").await?;
    let done = run.position;
    let mut records = papers.into_iter().zip(1_i64..).filter(|&(_, place)| place > done).peekable();
    while records.peek().is_some() {
        let (papers, places): (Vec<_>, Vec<_>) = records.by_ref().take(BATCH_SIZE).unzip();
        let position = places.last().copied().unwrap_or(run.position);
        let record = |(paper, place)| Record {
            item: format!("paper {place}"),
            found: RecordContent::Paper(Box::new(PreparedPaper::new(paper)), Vec::new()),
        };
        let batch = papers.into_iter().zip(places).map(record).collect();
        run = commit(services, &import_run::Model { position, ..run }, batch).await?;
    }
    finish(services, &run).await
}

/// What is written in the transaction of a batch besides its papers.
#[async_trait]
pub(in crate::sources) trait Alongside: Send + Sync {
    /// Whether the batch is the last of its run, which then ends in the same transaction.
    fn ends_run(&self) -> bool {
        false
    }

    /// Writes it; `written` are the papers of the batch, each with what became of it.
    async fn write(
        &self,
        tx: &DatabaseTransaction,
        run: &import_run::Model,
        written: &[(&NewPaper, UpsertResult)],
    ) -> Result<()>;
}

/// Writes a batch, and with it `run`, whose position is behind it.
async fn commit(
    services: &Services,
    run: &import_run::Model,
    batch: Vec<Record>,
) -> Result<import_run::Model> {
    commit_with(services, run, batch, None).await
}

/// Writes a batch, what belongs to it, and `run`, whose position is behind it.
pub(in crate::sources) async fn commit_with(
    services: &Services,
    run: &import_run::Model,
    batch: Vec<Record>,
    alongside: Option<&dyn Alongside>,
) -> Result<import_run::Model> {
    let now = services.now();
    let batch = &batch;
    let work = services.db.write(|tx| Box::pin(async move { write(tx, now, run, batch, alongside).await }));
    let (run, written) = work.await?;
    services.publish(Event::ImportRunChanged { import_run_id: run.id });
    if run.status == ImportStatus::Done {
        follow_up(services, &run);
    }
    for event in events(&written, services.settings.calendar.today(now)) {
        services.publish(event);
    }
    Ok(run)
}

/// The events of a batch: papers that were added to the open feed, and papers that changed.
fn events(written: &[UpsertResult], today: NaiveDate) -> Vec<Event> {
    let mut events = Vec::new();
    for &UpsertResult { paper_id, outcome, featured_on } in written {
        let told = [
            (featured_on == Some(today)).then_some(Event::PaperFeatured { paper_id }),
            (outcome == Outcome::Updated).then_some(Event::PaperChanged { paper_id }),
        ];
        for event in told.into_iter().flatten() {
            if events.len() < MAX_EVENTS_PER_BATCH && !events.contains(&event) {
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
    alongside: Option<&dyn Alongside>,
) -> Result<(import_run::Model, Vec<UpsertResult>)> {
    let papers: Vec<&PreparedPaper> = batch
        .iter()
        .filter_map(
            |record| if let RecordContent::Paper(paper, _) = &record.found { Some(&**paper) } else { None },
        )
        .collect();
    let written = upsert::upsert(tx, now, &papers).await?;
    let count = |wanted| {
        let found = written.iter().filter(|paper| paper.outcome == wanted).count();
        i32::try_from(found).unwrap_or(i32::MAX)
    };
    let (mut problems, mut rejected, mut unreadable) = (Vec::new(), 0, 0);
    for record in batch {
        let mut say = |field, reason| problems.push(problem(run.id, &record.item, field, reason));
        match &record.found {
            RecordContent::Paper(_, warnings) => {
                for warning in warnings {
                    say(Some(&warning.field), &warning.message);
                }
            }
            RecordContent::Refused(reason) => {
                say(None, reason);
                rejected += 1;
            }
            RecordContent::UnreadableFile(reason) => {
                say(None, reason);
                unreadable += 1;
            }
        }
    }
    let warnings = problems.len() - rejected - unreadable;
    for chunk in problems.chunks(BATCH_SIZE) {
        import_problem::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await?;
    }
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let next = import_run::Model {
        lease_until: run.is_ordered.then_some(now + run_rows::LEASE_TIME),
        read: run.read + number(batch.len() - unreadable),
        created: run.created + count(Outcome::Created),
        updated: run.updated + count(Outcome::Updated),
        unchanged: run.unchanged + count(Outcome::Unchanged),
        rejected: run.rejected + number(rejected),
        warnings: run.warnings.saturating_add(number(warnings)),
        unreadable_files: run.unreadable_files + number(unreadable),
        ..run.clone()
    };
    let ends = alongside.is_some_and(Alongside::ends_run);
    let next = if ends { run_rows::ended_at(&next, now) } else { next };
    run_rows::save(tx, &next).await?;
    if let Some(alongside) = alongside {
        let papers: Vec<(&NewPaper, UpsertResult)> =
            papers.iter().map(|paper| &***paper).zip(written.iter().copied()).collect();
        alongside.write(tx, &next, &papers).await?;
    }
    Ok((next, written))
}

/// A row that says what is wrong with an item, or with a field of one that was taken.
fn problem(run_id: i64, item: &str, field: Option<&String>, reason: &str) -> import_problem::ActiveModel {
    import_problem::ActiveModel {
        id: NotSet,
        import_run_id: Set(run_id),
        item: Set(item.to_owned()),
        field: Set(field.cloned()),
        // What is quoted of an input may hold a NUL, which Postgres does not take.
        reason: Set(one_line(reason)),
    }
}
