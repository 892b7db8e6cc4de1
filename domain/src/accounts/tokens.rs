//! Bearer tokens: shown once, stored as hashes.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use data_encoding::BASE32_NOPAD;
use entity::enums::Role;
use entity::{access_token, user};
use plain_text::one_line;
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _,
    sea_query::ExprTrait as _,
};

use crate::Db;
use crate::error::{Error, UserError, UserErrorCode};
use crate::{Result, Services, audit, keys, random};

use super::names::{self, MAX_HANDLE, handle_key, is_handle};
use super::{Credential, Viewer};

/// The maximum number of tokens of a person.
pub const MAX_TOKENS: u64 = 50;

/// Characters in a name.
const MAX_NAME: usize = 100;

/// The prefix of tokens, by which people and scanners recognize them.
const PREFIX: &str = "dp_";

/// The precision of the last use of a token.
const LAST_USED_STEP: TimeDelta = TimeDelta::minutes(1);

/// A token that was just made.
#[derive(Clone, Debug)]
pub struct CreatedToken {
    /// The token that the caller sends. It is stored nowhere.
    pub secret: String,
    /// The role of its user.
    pub role: Role,
}

/// Makes or reuses the user `name`, raises them to `role` if one is said, and makes a token of theirs.
/// Nobody is made less than they are: that would take rights from tokens that are in use.
///
/// # Errors
/// `INVALID` if the name is not a handle: letters, digits, dashes and underscores; `TAKEN` if it is that
/// of somebody who signs in by mail, or looks like somebody else's.
pub async fn create(db: &Db, now: DateTime<Utc>, name: &str, role: Option<Role>) -> Result<CreatedToken> {
    if !is_handle(name) {
        let message = format!(
            "{name:?} is not a valid name: use 1 to {MAX_HANDLE} letters, digits, dashes or underscores."
        );
        return Err(Error::user(UserErrorCode::Invalid, &["name"], message));
    }
    let secret = secret();
    let hash = &keys::bearer_hash(&secret);
    let role = db
        .write(|tx| {
            Box::pin(async move {
                let is_known =
                    user::Column::Handle.eq(name).or(user::Column::HandleKey.eq(handle_key(name)));
                let alike = user::Entity::find().filter(is_known).all(tx).await?;
                let known = alike.iter().find(|user| user.handle == name).cloned();
                let known = known.or_else(|| {
                    alike.iter().find(|user| user.handle.eq_ignore_ascii_case(name)).cloned()
                });
                if let (None, Some(other)) = (&known, alike.first()) {
                    let message = format!("{name} looks too much like the existing user {}. Choose another name.", other.handle);
                    return Err(Error::user(UserErrorCode::Taken, &["name"], message));
                }
                if known.as_ref().is_some_and(|known| known.email_key.is_some()) {
                    // People choose their handles: one that an operator thinks of may be a stranger's.
                    let message = format!(
                        "{name} is the handle of a person who signs in by e-mail. Choose another name, or give that person a role with setUserRole."
                    );
                    return Err(Error::user(UserErrorCode::Taken, &["name"], message));
                }
                let before = known.as_ref().map(|known| known.role);
                let user = match (known, role) {
                    (Some(known), Some(role)) if known.role < role => {
                        let mut known: user::ActiveModel = known.into();
                        known.role = Set(role);
                        known.update(tx).await?
                    }
                    (Some(known), _) => known,
                    (None, role) => {
                        let mut user = user::ActiveModel {
                            id: NotSet,
                            handle: Set(name.to_owned()),
                            display_name: Set(name.to_owned()),
                            role: Set(role.unwrap_or(Role::Reader)),
                            email: Set(None),
                            email_key: Set(None),
                            joined_at: Set(now),
                            banned_at: Set(None),
                            ban_reason: Set(None),
                            ..Default::default()
                        };
                        names::set_keys(&mut user);
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
                    parent_id: Set(None),
                };
                access_token::Entity::insert(token).exec_without_returning(tx).await?;
                let mut detail = serde_json::json!({ "handle": user.handle, "role": user.role });
                if before != Some(user.role) {
                    detail["changed"] = serde_json::json!({ "role": audit::change(before, user.role) });
                }
                let detail = audit::at_command_line(detail);
                let target = Some(format!("User:{}", user.id));
                audit::record(tx, now, None, "token create", target, Some(detail)).await?;
                Ok(user.role)
            })
        })
        .await?;
    Ok(CreatedToken { secret, role })
}

/// The user of an access token, whose last use is recorded to the minute.
pub(super) async fn find(db: &Db, now: DateTime<Utc>, secret: &str) -> Result<Option<(i64, Credential)>> {
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
                access_token::Entity::update_many()
                    .col_expr(access_token::Column::LastUsedAt, now.into())
                    .filter(access_token::Column::Id.eq(id))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await?;
    }
    Ok(Some((token.user_id, Credential::AccessToken(token.id))))
}

/// Makes a token for a person who is signed in, or whose token this was asked with. Returns it, which is kept nowhere,
/// and its row. A token that was made with a token ends with it: no later, and when it is revoked.
///
/// # Errors
/// `REQUIRED` and `TOO_LONG` for the name, `INVALID` for a day that is over, or on which the token that asks works no
/// more, `LIMIT_REACHED` above [`MAX_TOKENS`] tokens.
pub async fn issue(
    services: &Services,
    viewer: &Viewer,
    name: &str,
    expires_on: Option<NaiveDate>,
) -> Result<(String, access_token::Model)> {
    let (now, user_id) = (services.now(), viewer.user_id);
    let name = one_line(name);
    let mut problems = Vec::new();
    if name.is_empty() {
        let message = "Give the token a name that you will recognize later.";
        problems.push(UserError::new(UserErrorCode::Required, &["input", "name"], message.to_owned()));
    }
    if name.chars().count() > MAX_NAME {
        let message = format!("A name can have at most {MAX_NAME} characters.");
        problems.push(UserError::new(UserErrorCode::TooLong, &["input", "name"], message));
    }
    if expires_on.is_some_and(|day| day < now.date_naive()) {
        let message = "The expiry date must not be in the past.";
        problems.push(UserError::new(UserErrorCode::Invalid, &["input", "expiresOn"], message.to_owned()));
    }
    if !problems.is_empty() {
        return Err(Error::User(problems));
    }
    let secret = secret();
    let (secret, name) = (&secret, &name);
    let row = services
        .db
        .write(|tx| {
            Box::pin(async move {
                // One after the other, so that the count holds.
                user::Entity::find_by_id(user_id).lock_exclusive().one(tx).await?;
                let owned = access_token::Entity::find().filter(access_token::Column::UserId.eq(user_id));
                if owned.count(tx).await? >= MAX_TOKENS {
                    let message = format!("You have {MAX_TOKENS} tokens, the maximum. Revoke one first.");
                    return Err(Error::user(UserErrorCode::LimitReached, &[], message));
                }
                let parent_id = within_parent(tx, viewer.credential, expires_on).await?;
                let token = access_token::ActiveModel {
                    id: NotSet,
                    user_id: Set(user_id),
                    name: Set(name.clone()),
                    token_hash: Set(keys::bearer_hash(secret)),
                    created_at: Set(now),
                    last_used_at: Set(None),
                    expires_on: Set(expires_on),
                    parent_id: Set(parent_id),
                };
                let row = token.insert(tx).await?;
                let target = Some(format!("AccessToken:{}", row.id));
                let by = parent_id.map(|id| format!("AccessToken:{id}"));
                let detail = serde_json::json!({ "expiresOn": expires_on, "by": by });
                audit::record(tx, now, Some(user_id), "createAccessToken", target, Some(detail)).await?;
                Ok(row)
            })
        })
        .await?;
    Ok((secret.clone(), row))
}

/// The token that a new one is made with, if it is one: the new one must not outlive it.
async fn within_parent(
    tx: &DatabaseTransaction,
    credential: Credential,
    expires_on: Option<NaiveDate>,
) -> Result<Option<i64>> {
    let Credential::AccessToken(id) = credential else { return Ok(None) };
    let parent = access_token::Entity::find_by_id(id).one(tx).await?;
    let parent = parent.ok_or_else(|| Error::Internal("the token of a request is missing".to_owned()))?;
    match parent.expires_on {
        Some(last) if expires_on.is_none_or(|day| day > last) => {
            let message = format!(
                "A token created with another token cannot outlive it: set expiresOn to {last} or earlier, or sign in to create a token that lasts longer."
            );
            Err(Error::user(UserErrorCode::Invalid, &["input", "expiresOn"], message))
        }
        _ => Ok(Some(id)),
    }
}

/// Revokes a token of a person, and those that were made with it.
///
/// # Errors
/// `NOT_FOUND` if the person has no such token.
pub async fn revoke(services: &Services, user_id: i64, token_id: i64) -> Result<()> {
    let now = services.now();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let token = access_token::Entity::find_by_id(token_id)
                    .filter(access_token::Column::UserId.eq(user_id))
                    .one(tx)
                    .await?
                    .ok_or_else(|| {
                        Error::user(UserErrorCode::NotFound, &["id"], "You have no such token.")
                    })?;
                access_token::Entity::delete_by_id(token_id).exec(tx).await?;
                let target = Some(format!("AccessToken:{token_id}"));
                let detail = serde_json::json!({ "expiresOn": token.expires_on });
                audit::record(tx, now, Some(user_id), "revokeAccessToken", target, Some(detail)).await
            })
        })
        .await
}

fn secret() -> String {
    format!("{PREFIX}{}", BASE32_NOPAD.encode(&random::bytes::<32>()).to_ascii_lowercase())
}
