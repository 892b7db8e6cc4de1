//! The pause of digests. An administrator can pause all of them, at once and in every process, and so does the service
//! when bounces surge ([`hold`]); open circuits hold back those to a domain. Confirmations, sign-in and manage mail
//! continue.

use chrono::{DateTime, Utc};
use entity::enums::{DeliveryKind, DeliveryStatus};
use entity::{delivery, sending_state};
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QuerySelect as _,
};

use crate::audit::checked_reason;
use crate::delivery::health::circuit_breaker;
use crate::queue::Job;
use crate::{Error, Result, Services, audit};

const STATE_ROW_ID: i64 = 1;

/// Whether digests leave, and what waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendingState {
    /// Since when they are held back, by an administrator or by a surge of bounces.
    pub paused_at: Option<DateTime<Utc>>,
    /// Why; if nobody keeps them back, why circuits are open.
    pub reason: Option<String>,
    /// Domains to which no digest goes for now, because they refuse what comes from here; [`circuit_breaker::ALL_DOMAINS`] for all.
    pub open_circuits: Vec<String>,
    /// The due time of the oldest waiting digest.
    pub oldest_due_at: Option<DateTime<Utc>>,
    /// Digests that wait for an attempt.
    pub queued: u64,
}

/// The state.
pub async fn load_state(connection: &impl ConnectionTrait) -> Result<SendingState> {
    let row = load_row(connection).await?;
    let circuits = circuit_breaker::find_open(connection).await?;
    let why = |row: &entity::circuit_breaker::Model| {
        format!("{}: {}", row.domain, row.reason.as_deref().unwrap_or_default())
    };
    let reasons = (!circuits.is_empty()).then(|| circuits.iter().map(why).collect::<Vec<_>>().join("; "));
    let waiting = delivery::Entity::find()
        .filter(delivery::Column::Kind.eq(DeliveryKind::Digest))
        .filter(delivery::Column::NextAttemptAt.is_not_null());
    let oldest_due_at = waiting
        .clone()
        .select_only()
        .column_as(delivery::Column::DueAt.into_expr().min(), "due_at")
        .into_tuple::<Option<DateTime<Utc>>>()
        .one(connection)
        .await?
        .flatten();
    Ok(SendingState {
        paused_at: row.paused_at,
        reason: row.reason.or(reasons),
        open_circuits: circuits.into_iter().map(|row| row.domain).collect(),
        oldest_due_at,
        queued: waiting
            .filter(delivery::Column::Status.ne(DeliveryStatus::Sending))
            .count(connection)
            .await?,
    })
}

/// Whether digests are held back.
pub(crate) async fn is_paused(connection: &impl ConnectionTrait) -> Result<bool> {
    Ok(load_row(connection).await?.paused_at.is_some())
}

/// The end of the last pause, by an administrator.
pub(crate) async fn resumed_at(connection: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>> {
    Ok(load_row(connection).await?.resumed_at)
}

/// Keeps all digests back. Kept back already: the first reason stands.
///
/// # Errors
/// `REQUIRED` and `TOO_LONG` for the reason.
pub async fn pause(services: &Services, actor_id: i64, reason: &str) -> Result<SendingState> {
    let reason = &checked_reason(reason)?;
    let now = services.now();
    services
        .db
        .write(|tx| Box::pin(async move { write_pause(tx, now, Some(actor_id), reason).await }))
        .await?;
    load_state(services.db.read()).await
}

/// Keeps all digests back because the service itself found a reason. Kept back already: the first reason stands.
pub(crate) async fn hold(tx: &DatabaseTransaction, now: DateTime<Utc>, reason: &str) -> Result<()> {
    write_pause(tx, now, None, reason).await
}

async fn write_pause(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    actor_id: Option<i64>,
    reason: &str,
) -> Result<()> {
    let paused = sending_state::ActiveModel {
        paused_at: Set(Some(now)),
        reason: Set(Some(reason.to_owned())),
        ..Default::default()
    };
    let done = sending_state::Entity::update_many()
        .set(paused)
        .filter(sending_state::Column::PausedAt.is_null())
        .exec(tx)
        .await?;
    if done.rows_affected > 0 {
        let detail = serde_json::json!({ "reason": reason });
        audit::record(tx, now, actor_id, "pauseSending", None, Some(detail)).await?;
    }
    Ok(())
}

/// Lets digests leave again: ends a pause, and closes open circuits.
pub async fn resume(services: &Services, actor_id: i64) -> Result<SendingState> {
    let now = services.now();
    let transitions = services
        .db
        .write(|tx| {
            Box::pin(async move {
                let resumed = sending_state::ActiveModel {
                    paused_at: Set(None),
                    reason: Set(None),
                    resumed_at: Set(Some(now)),
                    ..Default::default()
                };
                let done = sending_state::Entity::update_many()
                    .set(resumed)
                    .filter(sending_state::Column::PausedAt.is_not_null())
                    .exec(tx)
                    .await?;
                let transitions = circuit_breaker::close_all(tx, now).await?;
                let circuits = &transitions.closed;
                if done.rows_affected > 0 || !circuits.is_empty() {
                    let detail = (!circuits.is_empty()).then(|| serde_json::json!({ "circuits": circuits }));
                    audit::record(tx, now, Some(actor_id), "resumeSending", None, detail).await?;
                }
                Ok(transitions)
            })
        })
        .await?;
    transitions.count();
    services.wake(Job::SendDigests);
    load_state(services.db.read()).await
}

async fn load_row(connection: &impl ConnectionTrait) -> Result<sending_state::Model> {
    sending_state::Entity::find_by_id(STATE_ROW_ID)
        .one(connection)
        .await?
        .ok_or_else(|| Error::Internal("the row of the state of sending is missing".to_owned()))
}
