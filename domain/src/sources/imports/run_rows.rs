//! The row of an import run: started, claimed, advanced, finished.
//!
//! Anyone who takes a run up becomes its owner. All that is written to the row asks whether the owner is still
//! the same and the run still at work; so a process that was considered dead, or whose run was cancelled, finds
//! that out at its next batch, whose transaction it loses.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{ImportStatus, PaperSource};
use entity::{import_problem, import_run};
use metrics::counter;
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, Condition, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _,
    QueryFilter as _, Statement,
};

use crate::error::{Error, UserErrorCode};
use crate::events::Event;
use crate::instruments::{IMPORT_RECORDS, IMPORTS, label};
use crate::locks::Lock;
use crate::{Result, Services, random};

/// The time after which a silent worker loses a run. Every batch renews the lease.
pub(crate) const LEASE_TIME: TimeDelta = TimeDelta::minutes(2);

/// A run that has dealt with nothing yet, which the process does that makes it.
pub(crate) fn new(source: PaperSource, input: &str, now: DateTime<Utc>) -> import_run::ActiveModel {
    import_run::ActiveModel {
        id: NotSet,
        source: Set(source),
        status: Set(ImportStatus::Running),
        input: Set(input.to_owned()),
        owner: Set(random::name()),
        path: Set(None),
        request: Set(None),
        is_ordered: Set(false),
        lease_until: Set(None),
        started_at: Set(now),
        finished_at: Set(None),
        position: Set(0),
        read: Set(0),
        created: Set(0),
        updated: Set(0),
        unchanged: Set(0),
        rejected: Set(0),
        warnings: Set(0),
        unreadable_files: Set(0),
    }
}

/// Starts a run in this process, or goes on with the one on the same input that was not finished.
pub(crate) async fn begin(
    services: &Services,
    source: PaperSource,
    input: &str,
) -> Result<import_run::Model> {
    let now = services.now();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                Lock::ImportRuns.hold(tx).await?;
                let unfinished = import_run::Entity::find()
                    .filter(import_run::Column::Source.eq(source))
                    .filter(import_run::Column::Status.eq(ImportStatus::Running))
                    .filter(import_run::Column::Input.eq(input))
                    .filter(import_run::Column::IsOrdered.eq(false))
                    .one(tx)
                    .await?;
                if let Some(run) = unfinished {
                    let mut run: import_run::ActiveModel = run.into();
                    run.owner = Set(random::name());
                    return Ok(run.update(tx).await?);
                }
                Ok(new(source, input, now).insert(tx).await?)
            })
        })
        .await
}

/// Starts a run in this process on what a source answered to a request, or goes on with the one on the same answer. One
/// on another answer to it that was not finished is given up: what it had to say is said again.
pub(crate) async fn begin_answer(
    services: &Services,
    source: PaperSource,
    request: &str,
    answer: &str,
) -> Result<import_run::Model> {
    let now = services.now();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                Lock::ImportRuns.hold(tx).await?;
                let of_request = Condition::all()
                    .add(import_run::Column::Source.eq(source))
                    .add(import_run::Column::Status.eq(ImportStatus::Running))
                    .add(import_run::Column::IsOrdered.eq(false))
                    .add(import_run::Column::Request.eq(request));
                let mut same = None;
                for run in import_run::Entity::find().filter(of_request).all(tx).await? {
                    let is_same = run.input == answer;
                    let mut run: import_run::ActiveModel = run.into();
                    if is_same {
                        run.owner = Set(random::name());
                        same = Some(run.update(tx).await?);
                    } else {
                        run.status = Set(ImportStatus::Failed);
                        run.finished_at = Set(Some(now));
                        run.update(tx).await?;
                    }
                }
                if let Some(run) = same {
                    return Ok(run);
                }
                let new = new(source, answer, now);
                Ok(import_run::ActiveModel { request: Set(Some(request.to_owned())), ..new }
                    .insert(tx)
                    .await?)
            })
        })
        .await
}

/// Takes over a run that is not finished.
///
/// # Errors
/// If it has ended meanwhile.
pub(crate) async fn take_over(services: &Services, run: import_run::Model) -> Result<import_run::Model> {
    let (owner, run) = (random::name(), &run);
    let mine = owner.as_str();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let taken = import_run::ActiveModel { owner: Set(mine.to_owned()), ..Default::default() };
                let done = import_run::Entity::update_many().set(taken).filter(is_ours(run)).exec(tx).await?;
                if done.rows_affected == 1 {
                    return Ok(());
                }
                let now = import_run::Entity::find_by_id(run.id).one(tx).await?;
                Err(ended(run.id, now.map(|run| run.status)))
            })
        })
        .await?;
    Ok(import_run::Model { owner, ..run.clone() })
}

/// Takes up the first run that waits for a worker.
pub(crate) async fn claim(services: &Services) -> Result<Option<import_run::Model>> {
    let now = services.now();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let backend = tx.get_database_backend();
                let skip = if backend == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
                let sql = format!(
                    "WITH waiting AS MATERIALIZED (SELECT id FROM import_run WHERE status = 'RUNNING' \
                     AND is_ordered AND (lease_until IS NULL OR lease_until <= $1) \
                     ORDER BY id LIMIT 1 {skip}) \
                     UPDATE import_run SET owner = $2, lease_until = $3 \
                     WHERE id IN (SELECT id FROM waiting) RETURNING *"
                );
                let values = [now.into(), random::name().into(), (now + LEASE_TIME).into()];
                let statement = Statement::from_sql_and_values(backend, sql, values);
                Ok(import_run::Entity::find().from_raw_sql(statement).one(tx).await?)
            })
        })
        .await
}

/// Writes the state of a run, if it is still ours.
pub(crate) async fn save(tx: &DatabaseTransaction, run: &import_run::Model) -> Result<()> {
    let row: import_run::ActiveModel = run.clone().into();
    let done = import_run::Entity::update_many().set(row.reset_all()).filter(is_ours(run)).exec(tx).await?;
    if done.rows_affected == 1 {
        return Ok(());
    }
    let now = import_run::Entity::find_by_id(run.id).one(tx).await?;
    Err(ended(run.id, now.map(|run| run.status)))
}

/// The error of a process whose run now has this status, or goes on without it.
pub(in crate::sources) fn ended(id: i64, status: Option<ImportStatus>) -> Error {
    let message = match status {
        Some(ImportStatus::Cancelled) => format!("An administrator has cancelled import run {id}."),
        _ => format!("Another process has taken over import run {id}."),
    };
    Error::user(UserErrorCode::Conflict, &[], message)
}

/// Writes that a run came to its end.
pub(crate) async fn finish(services: &Services, run: &import_run::Model) -> Result<import_run::Model> {
    let finished = ended_at(run, services.now());
    let next = &finished;
    services.db.write(|tx| Box::pin(async move { save(tx, next).await })).await?;
    services.publish(Event::ImportRunChanged { import_run_id: run.id });
    Ok(finished)
}

/// A run that has read everything.
pub(crate) fn ended_at(run: &import_run::Model, now: DateTime<Utc>) -> import_run::Model {
    import_run::Model { status: ImportStatus::Done, finished_at: Some(now), lease_until: None, ..run.clone() }
}

/// Counts a run that has ended.
pub(crate) fn count(run: &import_run::Model) {
    let source = label(&run.source);
    counter!(IMPORTS, "source" => source.clone(), "status" => label(&run.status)).increment(1);
    for (result, records) in [
        ("created", run.created),
        ("updated", run.updated),
        ("unchanged", run.unchanged),
        ("rejected", run.rejected),
    ] {
        let records = u64::try_from(records).unwrap_or_default();
        counter!(IMPORT_RECORDS, "source" => source.clone(), "result" => result).increment(records);
    }
}

/// Gives up a run that cannot go on, with the reason; `item` is what the reason is about. How far it came stays as it
/// was last written.
pub(crate) async fn fail(
    services: &Services,
    run: &import_run::Model,
    item: &str,
    reason: &str,
) -> Result<()> {
    let now = services.now();
    let has_failed = services
        .db
        .write(|tx| {
            Box::pin(async move {
                let failed = import_run::ActiveModel {
                    status: Set(ImportStatus::Failed),
                    finished_at: Set(Some(now)),
                    lease_until: Set(None),
                    ..Default::default()
                };
                let done =
                    import_run::Entity::update_many().set(failed).filter(is_ours(run)).exec(tx).await?;
                if done.rows_affected == 1 {
                    let problem = import_problem::ActiveModel {
                        id: NotSet,
                        import_run_id: Set(run.id),
                        item: Set(item.to_owned()),
                        field: Set(None),
                        reason: Set(reason.to_owned()),
                    };
                    problem.insert(tx).await?;
                }
                Ok(done.rows_affected == 1)
            })
        })
        .await?;
    if has_failed {
        services.publish(Event::ImportRunChanged { import_run_id: run.id });
        count(&import_run::Model { status: ImportStatus::Failed, ..run.clone() });
    }
    Ok(())
}

/// The run, while it is at work and its owner is the same.
fn is_ours(run: &import_run::Model) -> Condition {
    Condition::all()
        .add(import_run::Column::Id.eq(run.id))
        .add(import_run::Column::Owner.eq(run.owner.as_str()))
        .add(import_run::Column::Status.eq(ImportStatus::Running))
}

/// Gives a run back before its end; the next worker takes it up at once.
pub(crate) async fn release(services: &Services, run: &import_run::Model) -> Result<()> {
    let waiting = &import_run::Model { lease_until: None, ..run.clone() };
    services.db.write(|tx| Box::pin(async move { save(tx, waiting).await })).await
}
