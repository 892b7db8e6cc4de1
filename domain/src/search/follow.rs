//! Following the database: what changes there changes in the indexes of every process.
//!
//! Changes are read each second, and at once when an event tells of one. After a start an index goes on where it was; an
//! index of another generation, or one that is ahead of the database (which was restored from a backup), reads all papers
//! again, and answers meanwhile with what it has.
//!
//! Always: what is committed to the index is committed together with how far it has read; a failure repeats.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use entity::{paper, paper_embedding, search_generation};
use metrics::gauge;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use search::ids::IdSet;
use search::index::{Change, IndexError, Position};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::events::Event;
use crate::instruments::{SEARCH_INDEX_CURRENT, SEARCH_INDEXED, as_gauge};
use crate::queue::Job;
use crate::{Error, Result, Services};

use super::changes::{self, PaperChange};
use super::documents::{self, Batch};
use super::engine::Search;

/// How often changes are looked for.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The pause after a failure.
const RETRY_DELAY: Duration = Duration::from_secs(10);

/// Papers that are read at once.
const BATCH_SIZE: u64 = 500;

/// Papers between two commits, when many are read.
const COMMIT_EVERY: usize = 20_000;

/// Changes that come one after another are taken together.
const GATHER_TIME: Duration = Duration::from_millis(50);

/// The generation of an index that has not read all papers yet.
const INCOMPLETE: Position = Position { generation: -1, number: -1 };

/// Keeps the indexes of `search` as the database is, until `stop` is cancelled.
pub async fn follow(search: Arc<Search>, services: Services, stop: CancellationToken) {
    let mut events = services.events.subscribe();
    let mut has_vectors = false;
    while !stop.is_cancelled() {
        let round = async {
            if !has_vectors {
                load_vectors(&search, &services).await?;
                has_vectors = true;
            }
            catch_up(&search, &services, &stop).await
        };
        let pause = match round.await {
            Ok(()) => POLL_INTERVAL,
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "search index is not up to date; trying again");
                RETRY_DELAY
            }
        };
        let changed = async {
            loop {
                match events.recv().await {
                    Ok(Event::PaperFeatured { .. } | Event::PaperChanged { .. })
                    | Err(RecvError::Lagged(_)) => break,
                    Ok(Event::CommentAdded { .. } | Event::ImportRunChanged { .. }) => {}
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
            sleep(GATHER_TIME).await;
        };
        tokio::select! {
            _ = timeout(pause, changed) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Has the indexes of all processes built anew.
///
/// # Errors
/// If the database fails.
pub async fn rebuild_all(services: &Services) -> Result<()> {
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let next = search_generation::Column::Number.into_expr().add(1);
                search_generation::Entity::update_many()
                    .col_expr(search_generation::Column::Number, next)
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
}

async fn catch_up(search: &Arc<Search>, services: &Services, stop: &CancellationToken) -> Result<()> {
    let began = services.now();
    let generation = changes::generation(services.db.read()).await?;
    let newest = changes::newest(services.db.read()).await?;
    if search.words.position().is_none() {
        // Also an index that had all papers, and had to start anew.
        search.is_complete.store(false, Ordering::Relaxed);
    }
    match search.words.position() {
        Some(position) if position.generation == generation && position.number == newest => {}
        Some(position) if position.generation == generation && position.number < newest => {
            read_changes(search, services, stop, position).await?;
        }
        _ => read_all(search, services, stop, Position { generation, number: newest }).await?,
    }
    if !stop.is_cancelled() {
        search.is_complete.store(true, Ordering::Relaxed);
        gauge!(SEARCH_INDEX_CURRENT).set(as_gauge(began.timestamp()));
        gauge!(SEARCH_INDEXED).set(as_gauge(search.words.snapshot().len()));
    }
    Ok(())
}

/// Reads what has changed since a position.
async fn read_changes(
    search: &Arc<Search>,
    services: &Services,
    stop: &CancellationToken,
    position: Position,
) -> Result<()> {
    let mut after = PaperChange { number: position.number, paper_id: i64::MAX };
    let mut uncommitted = 0;
    while !stop.is_cancelled() {
        let changed = changes::since(services.db.read(), after, BATCH_SIZE).await?;
        let Some(&last) = changed.last() else { break };
        let ids: Vec<i64> = changed.iter().map(|change| change.paper_id).collect();
        let batch = documents::load(services.db.read(), &ids, search.model_key.as_deref()).await?;
        if search.model.is_some() && batch.awaits_vectors() {
            services.wake(Job::EmbedPapers);
        }
        apply(search, batch).await?;
        after = last;
        uncommitted += ids.len();
        if uncommitted >= COMMIT_EVERY {
            // Others may have the same number.
            commit(search, Position { number: last.number - 1, ..position }).await?;
            uncommitted = 0;
        }
    }
    if !stop.is_cancelled() && after.number > position.number {
        commit(search, Position { number: after.number, ..position }).await?;
    }
    Ok(())
}

/// Reads all papers, and removes what is not among them.
async fn read_all(
    search: &Arc<Search>,
    services: &Services,
    stop: &CancellationToken,
    position: Position,
) -> Result<()> {
    let mut seen = IdSet::default();
    let (mut last, mut uncommitted) = (0_i64, 0);
    loop {
        let ids: Vec<i64> = paper::Entity::find()
            .select_only()
            .column(paper::Column::Id)
            .filter(paper::Column::Id.gt(last))
            .order_by_asc(paper::Column::Id)
            .limit(BATCH_SIZE)
            .into_tuple()
            .all(services.db.read())
            .await?;
        let Some(&end) = ids.last() else { break };
        last = end;
        let batch = documents::load(services.db.read(), &ids, search.model_key.as_deref()).await?;
        for change in &batch.words {
            if let Change::Put(document) = change {
                seen.insert(document.id);
            }
        }
        apply(search, batch).await?;
        uncommitted += ids.len();
        if uncommitted >= COMMIT_EVERY {
            commit(search, INCOMPLETE).await?;
            uncommitted = 0;
        }
        if stop.is_cancelled() {
            return Ok(());
        }
    }
    let remove_others = move |search: &Search| -> Result<(), IndexError> {
        let indexed = search.words.ids()?;
        let gone = indexed.iter().filter(|&id| !seen.contains(id));
        search.apply(gone.map(Change::Remove).collect(), Vec::new())
    };
    blocking(search, remove_others).await?;
    commit(search, position).await?;
    tracing::info!(papers = search.words.snapshot().len(), "search index built");
    Ok(())
}

/// Reads the vectors of all shown papers.
async fn load_vectors(search: &Arc<Search>, services: &Services) -> Result<()> {
    let Some(model) = &search.model_key else { return Ok(()) };
    let mut last = 0_i64;
    loop {
        let rows = paper_embedding::Entity::find()
            .filter(paper_embedding::Column::Model.eq(model))
            .filter(paper_embedding::Column::PaperId.gt(last))
            .filter(
                Expr::col((paper_embedding::Entity, paper_embedding::Column::PaperId))
                    .in_subquery(super::embed::shown()),
            )
            .order_by_asc(paper_embedding::Column::PaperId)
            .limit(BATCH_SIZE)
            .all(services.db.read())
            .await?;
        let Some(end) = rows.last() else { break };
        last = end.paper_id;
        let vectors = rows.into_iter().map(|row| {
            let vector = row.vector.zip(row.scale);
            let vector = vector.map(|(vector, scale)| documents::quantized(&vector, scale));
            (documents::document_id(row.paper_id), vector)
        });
        search.put_vectors(vectors.collect());
    }
    Ok(())
}

async fn apply(search: &Arc<Search>, batch: Batch) -> Result<()> {
    blocking(search, move |search| search.apply(batch.words, batch.vectors)).await
}

async fn commit(search: &Arc<Search>, position: Position) -> Result<()> {
    blocking(search, move |search| search.commit(position)).await
}

/// Runs work that writes the index, which must not wait behind searches.
async fn blocking(
    search: &Arc<Search>,
    work: impl FnOnce(&Search) -> Result<(), IndexError> + Send + 'static,
) -> Result<()> {
    let search = Arc::clone(search);
    let done = tokio::task::spawn_blocking(move || work(&search)).await;
    done.map_err(Error::failed("the search index"))?.map_err(Error::failed("the search index"))
}
