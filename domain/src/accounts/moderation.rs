//! Administration of people: roles, bans, and lifting bans.

use entity::enums::Role;
use entity::user;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QuerySelect as _,
};

use crate::audit::checked_reason;
use crate::error::{Error, UserErrorCode};
use crate::{Result, Services, audit};

use super::bans;

/// Gives a person a role.
///
/// # Errors
/// `NOT_FOUND` if there is no such person, `CONFLICT` if the last administrator would be none any more.
pub async fn set_role(services: &Services, actor_id: i64, user_id: i64, role: Role) -> Result<user::Model> {
    let now = services.now();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let row = find(tx, user_id).await?;
                if row.role == role {
                    return Ok(row);
                }
                if row.role == Role::Admin {
                    keep_one_administrator(tx, user_id, "role").await?;
                }
                let detail = audit::change(row.role, role);
                let mut changed: user::ActiveModel = row.into();
                changed.role = Set(role);
                let row = changed.update(tx).await?;
                let target = Some(format!("User:{user_id}"));
                audit::record(tx, now, Some(actor_id), "setUserRole", target, Some(detail)).await?;
                Ok(row)
            })
        })
        .await
}

/// Bans a person: their tokens are revoked, also after the ban, and their sessions end; so are those of other accounts of
/// their mailbox. They hear of it, with the reason, when they sign in.
///
/// # Errors
/// `NOT_FOUND` if there is no such person, `REQUIRED` and `TOO_LONG` for the reason, `CONFLICT` for the last
/// administrator.
pub async fn ban(services: &Services, actor_id: i64, user_id: i64, reason: &str) -> Result<user::Model> {
    let now = services.now();
    let reason = &checked_reason(reason)?;
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let row = find(tx, user_id).await?;
                if row.banned_at.is_some() {
                    return Ok(row);
                }
                if row.role == Role::Admin {
                    keep_one_administrator(tx, user_id, "userId").await?;
                }
                let mut changed: user::ActiveModel = row.into();
                changed.banned_at = Set(Some(now));
                changed.ban_reason = Set(Some(reason.clone()));
                let row = changed.update(tx).await?;
                let tokens = bans::revoke_all(tx, &row).await?;
                let detail = serde_json::json!({ "reason": reason, "revokedTokens": tokens });
                let target = Some(format!("User:{user_id}"));
                audit::record(tx, now, Some(actor_id), "banUser", target, Some(detail)).await?;
                Ok(row)
            })
        })
        .await
}

/// Ends a ban.
///
/// # Errors
/// `NOT_FOUND` if there is no such person.
pub async fn unban(services: &Services, actor_id: i64, user_id: i64) -> Result<user::Model> {
    let now = services.now();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let row = find(tx, user_id).await?;
                if row.banned_at.is_none() {
                    return Ok(row);
                }
                let detail = serde_json::json!({ "since": row.banned_at, "reason": row.ban_reason });
                let mut changed: user::ActiveModel = row.into();
                changed.banned_at = Set(None);
                changed.ban_reason = Set(None);
                let row = changed.update(tx).await?;
                let target = Some(format!("User:{user_id}"));
                audit::record(tx, now, Some(actor_id), "unbanUser", target, Some(detail)).await?;
                Ok(row)
            })
        })
        .await
}

async fn find(tx: &DatabaseTransaction, user_id: i64) -> Result<user::Model> {
    user::Entity::find_by_id(user_id)
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or_else(|| Error::user(UserErrorCode::NotFound, &["userId"], "There is no such user."))
}

/// Without an administrator nobody could make one, but at the command line.
async fn keep_one_administrator(tx: &DatabaseTransaction, user_id: i64, field: &str) -> Result<()> {
    let others = user::Entity::find()
        .filter(user::Column::Role.eq(Role::Admin))
        .filter(user::Column::BannedAt.is_null())
        .filter(user::Column::Id.ne(user_id))
        .lock_exclusive()
        .all(tx)
        .await?;
    if others.is_empty() {
        let message = "This is the last administrator. Make somebody else an administrator first.";
        return Err(Error::user(UserErrorCode::Conflict, &[field], message));
    }
    Ok(())
}
