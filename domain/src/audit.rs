//! The audit log: who did what to which object, recorded in the transaction of the change.

use chrono::{DateTime, Utc};
use db::paging::RowList;
use entity::audit_entry;
use plain_text::one_line;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait as _};

use crate::error::{Error, UserErrorCode};
use crate::{Result, Services};

/// Writes one entry. `target` is a type and a row id, such as `Paper:12`; `detail` is JSON.
pub async fn record(
    connection: &impl ConnectionTrait,
    now: DateTime<Utc>,
    actor_id: Option<i64>,
    action: &str,
    target: Option<String>,
    detail: Option<serde_json::Value>,
) -> Result<()> {
    let entry = audit_entry::ActiveModel {
        at: Set(now),
        actor_id: Set(actor_id),
        action: Set(action.to_owned()),
        target: Set(target),
        detail: Set(detail.map(|detail| detail.to_string())),
        ..Default::default()
    };
    audit_entry::Entity::insert(entry).exec_without_returning(connection).await?;
    Ok(())
}

/// Writes an entry about what was done at the command line, in a transaction of its own: nobody who has an account did it.
pub async fn record_command(services: &Services, action: &str, detail: serde_json::Value) -> Result<()> {
    let now = services.now();
    let detail = &at_command_line(detail);
    services
        .db
        .write(|tx| Box::pin(async move { record(tx, now, None, action, None, Some(detail.clone())).await }))
        .await
}

/// The detail of an entry that nobody with an account is the actor of.
#[must_use]
pub fn at_command_line(mut detail: serde_json::Value) -> serde_json::Value {
    if let Some(fields) = detail.as_object_mut() {
        fields.insert("actor".to_owned(), "command line".into());
    }
    detail
}

/// The old and the new value of one field, for the detail of an entry.
#[must_use]
pub fn change(from: impl serde::Serialize, to: impl serde::Serialize) -> serde_json::Value {
    serde_json::json!({ "from": from, "to": to })
}

/// An entry by its row.
///
/// # Errors
/// Those of the database.
pub async fn by_id(connection: &impl ConnectionTrait, id: i64) -> Result<Option<audit_entry::Model>> {
    Ok(audit_entry::Entity::find_by_id(id).one(connection).await?)
}

/// All entries, the latest first.
#[must_use]
pub fn list() -> RowList<audit_entry::Entity> {
    RowList::latest_first(
        "audit log".to_owned(),
        audit_entry::Entity::find(),
        audit_entry::Column::Id,
        |row| row.id,
    )
}

/// Characters in a reason.
const MAX_REASON: usize = 500;

/// A reason that an administrator gave, on one line.
///
/// # Errors
/// `REQUIRED` if it is empty, `TOO_LONG` above 500 characters.
pub(crate) fn checked_reason(reason: &str) -> Result<String> {
    let reason = one_line(reason);
    if reason.is_empty() {
        return Err(Error::user(UserErrorCode::Required, &["reason"], "A reason is required."));
    }
    if reason.chars().count() > MAX_REASON {
        let message = format!("A reason can have at most {MAX_REASON} characters.");
        return Err(Error::user(UserErrorCode::TooLong, &["reason"], message));
    }
    Ok(reason)
}
