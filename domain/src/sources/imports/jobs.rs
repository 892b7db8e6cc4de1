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
use crate::events::Event;
use crate::idempotency::IdempotencyKey;
use crate::locks::Lock;
use crate::queue::Job;
use crate::sources::imports::files::Files;
use crate::sources::imports::input::{Input, InputKind};
use crate::sources::imports::request::{self, SourceRequest};
use crate::sources::imports::request_input::RequestInput;
use crate::sources::imports::{pipeline, run_rows};
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
    /// What is asked of the source over the network.
    pub request: RequestInput,
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
    if input.source == PaperSource::Sample {
        let message = "The sample papers are loaded at the first start and cannot be imported.";
        return Err(Error::user(UserErrorCode::Invalid, &["input", "source"], message));
    }
    let order = match input.request.request(input.source)? {
        Some(_) if input.path.is_some() => {
            let message = "Name files or what is asked of the source, not both.";
            return Err(Error::user(UserErrorCode::Invalid, &["input", "path"], message));
        }
        Some(request) => {
            request::require_contact(services, &["input", "source"])?;
            let text = request.to_text();
            Order { path: None, input: Ok(text.clone()), request: Some(text) }
        }
        None => files_of(services, input).await?,
    };
    let now = services.now();
    let key =
        IdempotencyKey { user_id: actor_id, action: "startImport", key: input.idempotency_key.as_deref() };
    let Order { path, request, input: marked } = order;
    let (fingerprint, missing) = match marked {
        Ok(fingerprint) => (Some(fingerprint), None),
        Err(missing) => (None, Some(missing)),
    };
    let (fingerprint, path, request) = (fingerprint.as_deref(), &path, &request);
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
                    .filter(import_run::Column::IsOrdered.eq(true))
                    .one(tx)
                    .await?;
                if let Some(run) = under_way {
                    key.remember(tx, now, run.id).await?;
                    return Ok(Some(run));
                }
                let ordered = import_run::ActiveModel {
                    path: Set(path.clone()),
                    request: Set(request.clone()),
                    is_ordered: Set(true),
                    ..run_rows::new(input.source, fingerprint, now)
                };
                let run = ordered.insert(tx).await?;
                let target = Some(format!("ImportRun:{}", run.id));
                let detail = match request {
                    Some(request) => serde_json::json!({ "request": request }),
                    None => serde_json::json!({ "path": path }),
                };
                audit::record(tx, now, Some(actor_id), "startImport", target, Some(detail)).await?;
                key.remember(tx, now, run.id).await?;
                Ok(Some(run))
            })
        })
        .await?;
    let Some(run) = run else {
        return Err(missing.unwrap_or_else(|| Error::Internal("the import run is missing".to_owned())));
    };
    services.publish(Event::ImportRunChanged { import_run_id: run.id });
    services.wake(Job::Import);
    Ok(run)
}

/// What an administrator orders.
struct Order {
    /// The files.
    path: Option<String>,
    /// The request over the network.
    request: Option<String>,
    /// What marks the same order; of files that are not there the error.
    input: Result<String>,
}

/// The files of an order.
async fn files_of(services: &Services, input: &StartImportInput) -> Result<Order> {
    let kind = InputKind::of(input.source).ok_or_else(|| {
        let message = "This source is read over the network alone.";
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
    // Of a request that is repeated the files may be gone by now: this is not an error then.
    let input = input_at(services, kind, path).await.map(|(_, fingerprint)| fingerprint);
    Ok(Order { path: Some(path.to_owned()), request: None, input })
}

/// Stops a run, no matter which process works on it: what is in the database stays, what was not read yet is left
/// alone. Idempotent.
///
/// # Errors
/// `NOT_FOUND` if there is no such run, `CONFLICT` if it has ended.
pub async fn cancel(services: &Services, actor_id: i64, id: i64) -> Result<import_run::Model> {
    let now = services.now();
    let run = services
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
        .await?;
    services.publish(Event::ImportRunChanged { import_run_id: id });
    Ok(run)
}

/// Does the imports that wait, until none is left or `stop` is cancelled. One that cannot be done ends as failed,
/// with the reason; one that a database out of reach breaks off is resumed when its lease is over.
pub async fn drain(services: &Services, stop: &CancellationToken) -> Result<()> {
    while !stop.is_cancelled() {
        let Some(run) = run_rows::claim(services).await? else { return Ok(()) };
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
            run_rows::fail(services, &run, path_of(&run), reason).await
        }
        done => done,
    }
}

async fn work(services: &Services, run: import_run::Model, stop: &CancellationToken) -> Result<()> {
    if let Some(text) = &run.request {
        let request: SourceRequest =
            serde_json::from_str(text).map_err(Error::failed("reading a request"))?;
        let run = request::read(services, &request, run, stop, |_| {}).await?;
        return end(services, run, stop).await;
    }
    let path = path_of(&run);
    let kind = InputKind::of(run.source)
        .ok_or_else(|| Error::Internal(format!("import run {} has no files", run.id)))?;
    let input = match input_at(services, kind, path).await {
        Ok((input, fingerprint)) if fingerprint == run.input => input,
        Ok(_) => {
            let reason = "changed after the import was started; start a new import";
            return run_rows::fail(services, &run, path, reason).await;
        }
        Err(error @ Error::User(_)) => {
            return run_rows::fail(services, &run, path, &format!("cannot be read by the worker: {error}"))
                .await;
        }
        Err(error) => return Err(error),
    };
    let run = pipeline::read(services, input, run, stop, |_| {}).await?;
    end(services, run, stop).await
}

/// Ends a run that has read everything, or gives it back.
async fn end(services: &Services, run: import_run::Model, stop: &CancellationToken) -> Result<()> {
    if stop.is_cancelled() && run.status == ImportStatus::Running {
        return run_rows::release(services, &run).await;
    }
    let run = request::finish(services, run).await?;
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
