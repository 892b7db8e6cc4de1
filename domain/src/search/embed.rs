//! Making the vectors of papers, in workers.
//!
//! A row of `paper_embedding` without a model waits for one. Any number of workers claim batches of rows by lease, the
//! latest papers first; a worker that dies leaves rows that are claimed again. All workers use one model, whose name is
//! in the database: the first worker that has one names it, and another takes its place only when an administrator says
//! so. Then all vectors are made again, and those of the old model serve until each is replaced.
//!
//! Always: a vector is written only if the text has not changed since it was claimed: a change raises `attempt`.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{paper, paper_embedding, search_generation};
use latex::readable;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use search::meaning::Model;
use search::vectors::QuantizedVector;
use tokio_util::sync::CancellationToken;

use crate::papers::read::Visibility;
use crate::{Error, Result, Services};

use super::models::model_key;

/// Papers in a claim.
const BATCH_SIZE: u64 = 16;

/// How long a claim lasts without a word: batches take seconds, on a busy machine a minute.
const LEASE: TimeDelta = TimeDelta::minutes(10);

/// A paper that was claimed.
#[derive(Clone, Debug)]
struct Claim {
    paper_id: i64,
    attempt: i32,
}

/// The model whose vectors are made; empty as long as none was named.
///
/// # Errors
/// If the database fails.
pub async fn model_in_use(connection: &impl ConnectionTrait) -> Result<String> {
    let row = search_generation::Entity::find_by_id(1).one(connection).await?;
    Ok(row.map(|row| row.model).unwrap_or_default())
}

/// Has all workers use a model from now on.
///
/// # Errors
/// If the database fails.
pub async fn use_model(services: &Services, key: &str) -> Result<()> {
    services.db.write(|tx| Box::pin(name_model(tx, key, Condition::all()))).await
}

async fn name_model(tx: &DatabaseTransaction, key: &str, which: Condition) -> Result<()> {
    search_generation::Entity::update_many()
        .col_expr(search_generation::Column::Model, Expr::value(key))
        .filter(which)
        .exec(tx)
        .await?;
    Ok(())
}

/// The number of shown papers without a vector of this model.
///
/// # Errors
/// If the database fails.
pub async fn waiting(connection: &impl ConnectionTrait, key: &str) -> Result<u64> {
    use sea_orm::PaginatorTrait as _;
    let others = paper_embedding::Entity::find()
        // Two ranges, which the index has.
        .filter(
            Condition::any()
                .add(paper_embedding::Column::Model.lt(key))
                .add(paper_embedding::Column::Model.gt(key)),
        )
        .filter(paper_embedding::Column::PaperId.in_subquery(shown()));
    Ok(others.count(connection).await?)
}

/// Makes vectors until no paper waits for one.
///
/// # Errors
/// If the database fails. What was made is kept.
pub async fn drain(services: &Services, model: &Arc<Model>, stop: &CancellationToken) -> Result<()> {
    let key = model_key(model);
    let unnamed = Condition::all().add(search_generation::Column::Model.eq(""));
    let in_use = model_in_use(services.db.read()).await?;
    if in_use.is_empty() {
        let key = key.as_str();
        services.db.write(|tx| Box::pin(name_model(tx, key, unnamed.clone()))).await?;
    } else if in_use != key {
        tracing::warn!(
            in_use,
            installed = key,
            "another model is in use; `daily-papers model use` changes it"
        );
        return Ok(());
    }
    let mut made = 0;
    while !stop.is_cancelled() {
        let now = services.now();
        let claims = {
            let key = key.as_str();
            services.db.write(|tx| Box::pin(claim(tx, key, now))).await?
        };
        if claims.is_empty() {
            break;
        }
        made += embed(services, model, &key, claims).await?;
    }
    if made > 0 {
        tracing::info!(papers = made, model = key, "vectors made");
    }
    Ok(())
}

/// The ids of shown papers.
pub(super) fn shown() -> SelectStatement {
    sea_orm::sea_query::Query::select()
        .column(paper::Column::Id)
        .from(paper::Entity)
        .cond_where(Visibility::Shown.condition())
        .to_owned()
}

/// Claims papers that wait, the latest first.
async fn claim(tx: &DatabaseTransaction, key: &str, now: DateTime<Utc>) -> Result<Vec<Claim>> {
    use paper_embedding::Column::{Attempt, ClaimedUntil, Model as ModelKey, PaperId};

    let shown = shown();
    let waiting = |model: &str| {
        paper_embedding::Entity::find()
            .select_only()
            .columns([PaperId, Attempt])
            .filter(if model.is_empty() { ModelKey.eq("") } else { ModelKey.is_not_in(["", model]) })
            .filter(Condition::any().add(ClaimedUntil.is_null()).add(ClaimedUntil.lt(now)))
            .filter(PaperId.in_subquery(shown.clone()))
            .order_by_desc(PaperId)
            .limit(BATCH_SIZE)
    };
    let mut rows: Vec<(i64, i32)> = Vec::new();
    for model in ["", key] {
        let mut due = waiting(model);
        if tx.get_database_backend() == DbBackend::Postgres {
            due = due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
        rows = due.into_tuple().all(tx).await?;
        if !rows.is_empty() {
            break;
        }
    }
    let ids: Vec<i64> = rows.iter().map(|(paper_id, _)| *paper_id).collect();
    paper_embedding::Entity::update_many()
        .col_expr(ClaimedUntil, Expr::value(now + LEASE))
        .col_expr(Attempt, Attempt.into_expr().add(1))
        .filter(PaperId.is_in(ids))
        .exec(tx)
        .await?;
    Ok(rows.into_iter().map(|(paper_id, attempt)| Claim { paper_id, attempt: attempt + 1 }).collect())
}

/// Makes and writes the vectors of claimed papers. Returns how many were written.
async fn embed(services: &Services, model: &Arc<Model>, key: &str, claims: Vec<Claim>) -> Result<u64> {
    let ids = claims.iter().map(|claim| claim.paper_id);
    let papers: Vec<(i64, String, String)> = paper::Entity::find()
        .select_only()
        .columns([paper::Column::Id, paper::Column::Title, paper::Column::Abstract])
        .filter(paper::Column::Id.is_in(ids))
        .into_tuple()
        .all(services.db.read())
        .await?;
    let model = Arc::clone(model);
    let made = tokio::task::spawn_blocking(move || {
        let texts: Vec<(i64, String, String)> = papers
            .into_iter()
            .map(|(id, title, summary)| (id, readable(&title), readable(&summary)))
            .collect();
        let documents: Vec<(&str, &str)> =
            texts.iter().map(|(_, title, summary)| (title.as_str(), summary.as_str())).collect();
        let vectors = model.embed_documents(&documents);
        texts.iter().map(|(id, ..)| *id).zip(vectors).collect::<Vec<_>>()
    });
    let made = made.await.map_err(Error::failed("making vectors"))?;
    let rows: Vec<(Claim, QuantizedVector)> = made
        .into_iter()
        .filter_map(|(id, vector)| {
            let claim = claims.iter().find(|claim| claim.paper_id == id)?;
            Some((claim.clone(), QuantizedVector::new(&vector)))
        })
        .collect();
    services.db.write(|tx| Box::pin(write(tx, key, &rows))).await
}

async fn write(tx: &DatabaseTransaction, key: &str, rows: &[(Claim, QuantizedVector)]) -> Result<u64> {
    use paper_embedding::Column::{Attempt, ClaimedUntil, Model as ModelKey, PaperId, Scale, Vector};

    let mut written = 0;
    for (claim, vector) in rows {
        let bytes: Vec<u8> = vector.values.iter().map(|value| value.cast_unsigned()).collect();
        let update = paper_embedding::Entity::update_many()
            .col_expr(ModelKey, Expr::value(key))
            .col_expr(Vector, Expr::value(bytes))
            .col_expr(Scale, Expr::value(vector.scale))
            .col_expr(ClaimedUntil, Expr::value(Option::<DateTime<Utc>>::None))
            .filter(PaperId.eq(claim.paper_id))
            .filter(Attempt.eq(claim.attempt));
        written += update.exec(tx).await?.rows_affected;
    }
    Ok(written)
}
