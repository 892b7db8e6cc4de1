//! Cancelling an edition, and resending digests that did not arrive.

use chrono::{DateTime, Utc};
use entity::enums::{DeliveryKind, DeliveryReason, DeliveryStatus};
use entity::{delivery, edition};
use sea_orm::{
    ActiveEnum as _, ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _,
    DatabaseTransaction, EntityTrait as _, QueryFilter as _, QuerySelect as _, Statement, Value,
};

use crate::error::{Error, UserErrorCode};
use crate::outbox::retry;
use crate::queue::Job;
use crate::{Result, Services, audit};

/// The statuses of deliveries that can be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the contract, which has the same values, says what each means")]
pub enum Retryable {
    Failed,
    Expired,
    InDoubt,
}

impl Retryable {
    fn status(self) -> DeliveryStatus {
        match self {
            Self::Failed => DeliveryStatus::Failed,
            Self::Expired => DeliveryStatus::Expired,
            Self::InDoubt => DeliveryStatus::InDoubt,
        }
    }
}

/// Cancels what of an edition was not sent yet; what is being sent stops within a second. Idempotent.
///
/// # Errors
/// `NOT_FOUND` if there is no such edition.
pub async fn cancel(services: &Services, actor_id: i64, id: i64) -> Result<edition::Model> {
    let now = services.now();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let edition = find(tx, id, "id").await?;
                if edition.cancelled_at.is_some() {
                    return Ok(edition);
                }
                let mut cancelled: edition::ActiveModel = edition.into();
                cancelled.cancelled_at = Set(Some(now));
                cancelled.opening_after = Set(None);
                let edition = cancelled.update(tx).await?;
                let stopped = delivery::ActiveModel {
                    status: Set(DeliveryStatus::Cancelled),
                    reason: Set(Some(DeliveryReason::Cancelled)),
                    next_attempt_at: Set(None),
                    ..Default::default()
                };
                delivery::Entity::update_many()
                    .set(stopped)
                    .filter(delivery::Column::EditionId.eq(id))
                    .filter(delivery::Column::Kind.eq(DeliveryKind::Digest))
                    .filter(delivery::Column::Status.ne(DeliveryStatus::Sending))
                    .filter(delivery::Column::NextAttemptAt.is_not_null())
                    .exec(tx)
                    .await?;
                let target = Some(format!("Edition:{id}"));
                audit::record(tx, now, Some(actor_id), "cancelEdition", target, None).await?;
                Ok(edition)
            })
        })
        .await
}

/// Sends the same deliveries again, under the same Message-IDs. Those that never left select their papers again, since
/// later digests may have carried them; a subscriber whose next digest is under way is left out.
///
/// # Errors
/// `NOT_FOUND` if there is no such edition, `REQUIRED` without a status, `CONFLICT` for a cancelled edition.
pub async fn retry(
    services: &Services,
    actor_id: i64,
    id: i64,
    which: &[Retryable],
) -> Result<edition::Model> {
    if which.is_empty() {
        return Err(Error::user(
            UserErrorCode::Required,
            &["statuses"],
            "Choose at least one status to send again.",
        ));
    }
    let now = services.now();
    let edition = services
        .db
        .write(|tx| {
            Box::pin(async move {
                let edition = find(tx, id, "editionId").await?;
                if edition.cancelled_at.is_some() {
                    let message = "The edition has been cancelled.";
                    return Err(Error::user(UserErrorCode::Conflict, &["editionId"], message));
                }
                let count = requeue(tx, now, &edition, which).await?;
                let detail = serde_json::json!({ "deliveries": count });
                let target = Some(format!("Edition:{id}"));
                audit::record(tx, now, Some(actor_id), "retryDeliveries", target, Some(detail)).await?;
                Ok(edition)
            })
        })
        .await?;
    services.wake(Job::SendDigests);
    Ok(edition)
}

async fn requeue(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    edition: &edition::Model,
    which: &[Retryable],
) -> Result<u64> {
    let backend = tx.get_database_backend();
    let statuses: Vec<String> = which.iter().map(|which| which.status().to_value()).collect();
    let places: Vec<String> = (4..4 + statuses.len()).map(|number| format!("${number}")).collect();
    let sql = format!(
        "UPDATE delivery SET status = CASE WHEN doubted_at IS NULL THEN 'QUEUED' ELSE 'IN_DOUBT' END, \
         papers = CASE WHEN doubted_at IS NULL THEN NULL ELSE papers END, \
         chosen_at = CASE WHEN doubted_at IS NULL THEN NULL ELSE chosen_at END, \
         reason = NULL, deferrals = 0, next_attempt_at = $1, expires_at = $2 \
         WHERE edition_id = $3 AND kind = 'DIGEST' AND next_attempt_at IS NULL AND status IN ({}) \
         AND subscription_id IN (SELECT id FROM subscription WHERE status = 'ACTIVE') \
         AND (doubted_at IS NOT NULL OR subscription_id NOT IN (SELECT other.subscription_id FROM delivery other \
         WHERE other.kind = 'DIGEST' AND other.subscription_id IS NOT NULL AND other.doubted_at IS NULL \
         AND other.status IN ('QUEUED', 'DEFERRED', 'SENDING')))",
        places.join(", ")
    );
    let mut values: Vec<Value> =
        vec![now.into(), (now + retry::digest_lifetime(edition.cadence)).into(), edition.id.into()];
    values.extend(statuses.into_iter().map(Value::from));
    let done = tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(done.rows_affected())
}

async fn find(tx: &DatabaseTransaction, id: i64, field: &str) -> Result<edition::Model> {
    edition::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or_else(|| Error::user(UserErrorCode::NotFound, &[field], "There is no such edition."))
}
