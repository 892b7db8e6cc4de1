//! Bearer tokens: shown once, stored as hashes.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE32_NOPAD;
use entity::enums::Role;
use entity::{access_token, user};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _,
};

use crate::db::Db;
use crate::error::{Error, UserErrorCode};
use crate::{Result, audit, keys, random};

use super::Viewer;

/// What tokens begin with, so that people and scanners know one when they see it.
const PREFIX: &str = "dp_";

/// How exactly it is remembered when a token was last used.
const LAST_USED_STEP: TimeDelta = TimeDelta::minutes(1);

/// A token that was just made.
#[derive(Clone, Debug)]
pub struct Made {
    /// What the caller sends. It is kept nowhere.
    pub secret: String,
    /// What its user may do.
    pub role: Role,
}

/// Makes or reuses the user `name`, raises them to `role` where one is said, and makes a token of theirs.
/// Nobody is made less than they are: that would take rights from tokens that are in use.
///
/// # Errors
/// `INVALID` where the name is no handle: 1 to 39 letters, digits, dashes and underscores.
pub async fn create(db: &Db, now: DateTime<Utc>, name: &str, role: Option<Role>) -> Result<Made> {
    let is_handle = (1..=39).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !is_handle {
        let message = format!("{name:?} is no name: 1 to 39 letters, digits, dashes and underscores.");
        return Err(Error::user(UserErrorCode::Invalid, &["name"], message));
    }
    let secret = format!("{PREFIX}{}", BASE32_NOPAD.encode(&random::bytes::<32>()).to_ascii_lowercase());
    let hash = &keys::bearer_hash(&secret);
    let role = db
        .write(|tx| {
            Box::pin(async move {
                let known = user::Entity::find().filter(user::Column::Handle.eq(name)).one(tx).await?;
                let user = match (known, role) {
                    (Some(known), Some(role)) if known.role < role => {
                        let mut known: user::ActiveModel = known.into();
                        known.role = Set(role);
                        known.update(tx).await?
                    }
                    (Some(known), _) => known,
                    (None, role) => {
                        let user = user::ActiveModel {
                            id: NotSet,
                            handle: Set(name.to_owned()),
                            display_name: Set(name.to_owned()),
                            role: Set(role.unwrap_or(Role::Reader)),
                            joined_at: Set(now),
                        };
                        user.insert(tx).await?
                    }
                };
                let token = access_token::ActiveModel {
                    id: NotSet,
                    user_id: Set(user.id),
                    name: Set("command line".to_owned()),
                    token_hash: Set(hash.clone()),
                    created_at: Set(now),
                    last_used_at: Set(None),
                    expires_on: Set(None),
                };
                access_token::Entity::insert(token).exec_without_returning(tx).await?;
                let detail = serde_json::json!({ "role": user.role });
                let target = Some(format!("User:{}", user.id));
                audit::record(tx, now, None, "token create", target, Some(detail)).await?;
                Ok(user.role)
            })
        })
        .await?;
    Ok(Made { secret, role })
}

/// The person whose token `secret` is; `None` where it is no token, or one that has expired.
///
/// # Errors
/// Where the database fails.
pub async fn authenticate(db: &Db, now: DateTime<Utc>, secret: &str) -> Result<Option<Viewer>> {
    let token = access_token::Entity::find()
        .filter(access_token::Column::TokenHash.eq(keys::bearer_hash(secret)))
        .one(db.read())
        .await?;
    let Some(token) = token.filter(|token| token.expires_on.is_none_or(|day| now.date_naive() <= day)) else {
        return Ok(None);
    };
    if token.last_used_at.is_none_or(|last| last + LAST_USED_STEP <= now) {
        let id = token.id;
        db.write(|tx| {
            Box::pin(async move {
                let used = access_token::ActiveModel {
                    id: Set(id),
                    last_used_at: Set(Some(now)),
                    ..Default::default()
                };
                access_token::Entity::update(used).exec(tx).await?;
                Ok(())
            })
        })
        .await?;
    }
    let user = user::Entity::find_by_id(token.user_id).one(db.read()).await?;
    Ok(user.map(|user| Viewer { user_id: user.id, handle: user.handle, role: user.role }))
}
