//! Import jobs that administrators start and cancel. A worker runs them: [`drain`].

use std::path::PathBuf;

use entity::enums::{ImportStatus, PaperSource};
use entity::import_run;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::error::{Error, UserErrorCode};
use crate::idempotency::IdempotencyKey;
use crate::locks::Lock;
use crate::queue::Job;
use crate::sources::files::Files;
use crate::sources::input::{Input, InputKind};
use crate::sources::{import, import_runs};
use crate::{Result, Services, audit};

/// Characters in a path.
const MAX_PATH: usize = 1000;

/// The input of an administrator.
#[derive(Clone, Debug)]
pub struct StartImportInput {
    /// The source of the papers.
    pub source: PaperSource,
    /// A file or a folder below the import directory.
    pub path: Option<String>,
    /// Marks a repeated request.
    pub idempotency_key: Option<String>,
}

/// Orders an import. One on the same unchanged input that is under way is answered as it is.
///
/// # Errors
/// What is wrong in the input; `NOT_FOUND` if the import directory has no such file.
pub async fn start(
    services: &Services,
    actor_id: i64,
    input: &StartImportInput,
) -> Result<import_run::Model> {
    let kind = InputKind::of(input.source).ok_or_else(|| {
        let message = "The sample papers are loaded at the first start and cannot be imported.";
        Error::user(UserErrorCode::Invalid, &["input", "source"], message)
    })?;
    let path = input.path.as_deref().map(str::trim).filter(|path| !path.is_empty());
    let path = path.ok_or_else(|| {
        let message = "Name a file or folder inside the import directory.";
        Error::user(UserErrorCode::Required, &["input", "path"], message)
    })?;
    if path.chars().count() > MAX_PATH {
        let message = format!("A path can have at most {MAX_PATH} characters.");
        return Err(Error::user(UserErrorCode::TooLong, &["input", "path"], message));
    }
    let now = services.now();
    let key =
        IdempotencyKey { user_id: actor_id, action: "startImport", key: input.idempotency_key.as_deref() };
    // Of a request that is repeated the files may be gone by now: this is not an error then.
    let found = input_at(services, kind, path).await;
    let fingerprint = found.as_ref().ok().map(|(_, fingerprint)| fingerprint.as_str());
    let run = services
        .db
        .write(|tx| {
            Box::pin(async move {
                Lock::ImportRuns.hold(tx).await?;
                if let Some(id) = key.first_target(tx, now).await? {
                    return Ok(import_run::Entity::find_by_id(id).one(tx).await?);
                }
                let Some(fingerprint) = fingerprint else { return Ok(None) };
                let under_way = import_run::Entity::find()
                    .filter(import_run::Column::Source.eq(input.source))
                    .filter(import_run::Column::Status.eq(ImportStatus::Running))
                    .filter(import_run::Column::Input.eq(fingerprint))
                    .filter(import_run::Column::Path.is_not_null())
                    .one(tx)
                    .await?;
                if let Some(run) = under_way {
                    key.remember(tx, now, run.id).await?;
                    return Ok(Some(run));
                }
                let run = import_runs::new(input.source, fingerprint, Some(path.to_owned()), now)
                    .insert(tx)
                    .await?;
                let target = Some(format!("ImportRun:{}", run.id));
                let detail = serde_json::json!({ "path": path });
                audit::record(tx, now, Some(actor_id), "startImport", target, Some(detail)).await?;
                key.remember(tx, now, run.id).await?;
                Ok(Some(run))
            })
        })
        .await?;
    let Some(run) = run else {
        return Err(found.err().unwrap_or_else(|| Error::Internal("the import run is missing".to_owned())));
    };
    services.wake(Job::Import);
    Ok(run)
}

/// Stops a run, no matter which process works on it: what is in the database stays, what was not read yet is left
/// alone. Idempotent.
///
/// # Errors
/// `NOT_FOUND` if there is no such run, `CONFLICT` if it has ended.
pub async fn cancel(services: &Services, actor_id: i64, id: i64) -> Result<import_run::Model> {
    let now = services.now();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let run =
                    import_run::Entity::find_by_id(id).lock_exclusive().one(tx).await?.ok_or_else(|| {
                        Error::user(UserErrorCode::NotFound, &["id"], "There is no such import run.")
                    })?;
                match run.status {
                    ImportStatus::Cancelled => return Ok(run),
                    ImportStatus::Done | ImportStatus::Failed => {
                        let message = "The import has already ended.";
                        return Err(Error::user(UserErrorCode::Conflict, &["id"], message));
                    }
                    ImportStatus::Running => {}
                }
                let mut run: import_run::ActiveModel = run.into();
                run.status = Set(ImportStatus::Cancelled);
                run.finished_at = Set(Some(now));
                run.lease_until = Set(None);
                let run = run.update(tx).await?;
                let target = Some(format!("ImportRun:{id}"));
                audit::record(tx, now, Some(actor_id), "cancelImport", target, None).await?;
                Ok(run)
            })
        })
        .await
}

/// Does the imports that wait, until none is left or `stop` is cancelled. One that cannot be done ends as failed,
/// with the reason; one that a database out of reach breaks off is resumed when its lease is over.
pub async fn drain(services: &Services, stop: &CancellationToken) -> Result<()> {
    while !stop.is_cancelled() {
        let Some(run) = import_runs::claim(services).await? else { return Ok(()) };
        let span = tracing::error_span!("import", import_run.id = run.id);
        drain_one(services, run, stop).instrument(span).await?;
    }
    Ok(())
}

async fn drain_one(services: &Services, run: import_run::Model, stop: &CancellationToken) -> Result<()> {
    match work(services, run.clone(), stop).await {
        // Cancelled, or another worker has it: neither is an error.
        Err(Error::User(problems)) => {
            tracing::info!(?problems, "import abandoned");
            Ok(())
        }
        // It would fail again, for ever.
        Err(error) if !error.is_unavailable() && !error.is_transient() => {
            tracing::error!(%error, "import failed");
            let reason = "could not be imported; the worker's log has the reason";
            import_runs::fail(services, &run, path_of(&run), reason).await
        }
        done => done,
    }
}

async fn work(services: &Services, run: import_run::Model, stop: &CancellationToken) -> Result<()> {
    let path = path_of(&run);
    let kind = InputKind::of(run.source)
        .ok_or_else(|| Error::Internal(format!("import run {} has no files", run.id)))?;
    let input = match input_at(services, kind, path).await {
        Ok((input, fingerprint)) if fingerprint == run.input => input,
        Ok(_) => {
            let reason = "changed after the import was started; start a new import";
            return import_runs::fail(services, &run, path, reason).await;
        }
        Err(error @ Error::User(_)) => {
            return import_runs::fail(
                services,
                &run,
                path,
                &format!("cannot be read by the worker: {error}"),
            )
            .await;
        }
        Err(error) => return Err(error),
    };
    let run = import::read(services, input, run, stop, |_| {}).await?;
    if stop.is_cancelled() {
        return import_runs::release(services, &run).await;
    }
    let run = import::finish(services, &run).await?;
    tracing::info!(
        run.read,
        run.created,
        run.updated,
        run.unchanged,
        run.rejected,
        run.warnings,
        run.unreadable_files,
        "import done"
    );
    Ok(())
}

fn path_of(run: &import_run::Model) -> &str {
    run.path.as_deref().unwrap_or_default()
}

/// The input to be read and its fingerprint, found on a blocking thread.
async fn input_at(services: &Services, kind: InputKind, path: &str) -> Result<(Input, String)> {
    let (dir, path): (PathBuf, _) = (services.settings.import_dir.clone(), path.to_owned());
    let looking = move || {
        let input = Input { files: Files::below(&dir, &path, kind.extensions())?, kind };
        let fingerprint = input.fingerprint();
        Ok((input, fingerprint))
    };
    tokio::task::spawn_blocking(looking).await.map_err(Error::failed("looking for files of papers"))?
}
