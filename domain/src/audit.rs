//! Who did what to what, written in the transaction of the deed.

use chrono::{DateTime, Utc};
use entity::audit_entry;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait as _};

use crate::Result;
use crate::paging::RowList;

/// Writes one entry. `target` is a type and a row id, such as `Paper:12`; `detail` is JSON.
///
/// # Errors
/// Where the database fails.
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
