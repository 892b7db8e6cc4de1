//! Sign-in sessions, stored as hashes.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE32_NOPAD;
use entity::session;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
};

use crate::Db;
use crate::{Result, keys, random};

use super::Credential;

/// The prefix of session tokens, by which people and scanners recognize them.
pub(super) const PREFIX: &str = "dps_";

/// The lifetime of a session.
pub const SESSION_LIFETIME: TimeDelta = TimeDelta::days(30);

/// Begins a session and returns its token, which is kept nowhere.
pub(super) async fn begin(tx: &DatabaseTransaction, now: DateTime<Utc>, user_id: i64) -> Result<String> {
    let secret = format!("{PREFIX}{}", BASE32_NOPAD.encode(&random::bytes::<32>()).to_ascii_lowercase());
    let session = session::ActiveModel {
        id: NotSet,
        user_id: Set(user_id),
        token_hash: Set(keys::bearer_hash(&secret)),
        created_at: Set(now),
        expires_at: Set(now + SESSION_LIFETIME),
    };
    session::Entity::insert(session).exec_without_returning(tx).await?;
    Ok(secret)
}

/// The user of the session.
pub(super) async fn find(db: &Db, now: DateTime<Utc>, secret: &str) -> Result<Option<(i64, Credential)>> {
    let session = session::Entity::find()
        .filter(session::Column::TokenHash.eq(keys::bearer_hash(secret)))
        .filter(session::Column::ExpiresAt.gt(now))
        .one(db.read())
        .await?;
    Ok(session.map(|session| (session.user_id, Credential::Session(session.id))))
}

/// Ends a session; idempotent.
pub async fn end(db: &Db, session_id: i64) -> Result<()> {
    db.write(|tx| {
        Box::pin(async move {
            session::Entity::delete_by_id(session_id).exec(tx).await?;
            Ok(())
        })
    })
    .await
}

/// Forgets sessions whose time is over.
pub async fn forget_old(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<()> {
    session::Entity::delete_many().filter(session::Column::ExpiresAt.lte(now)).exec(connection).await?;
    Ok(())
}
