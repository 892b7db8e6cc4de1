//! Idempotency keys: a mutation with a key is performed once; the same key returns the first result again while it is
//! remembered.

use chrono::{DateTime, TimeDelta, Utc};
use entity::idempotency_key;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _,
};

use crate::Result;
use crate::error::{Error, UserErrorCode};

/// The maximum length of a key, in characters.
const MAX_KEY: usize = 200;

/// The time for which a key is remembered.
const KEY_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// A key that a caller gave to one mutation.
#[derive(Clone, Copy, Debug)]
pub struct IdempotencyKey<'a> {
    /// The caller.
    pub user_id: i64,
    /// The mutation.
    pub action: &'a str,
    /// The key, if one was given.
    pub key: Option<&'a str>,
}

impl IdempotencyKey<'_> {
    /// The row that the mutation made the first time, if this is a repetition.
    ///
    /// # Errors
    /// `TOO_LONG` for a key above 200 characters, `CONFLICT` if another mutation used it.
    pub async fn first_target(&self, tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<Option<i64>> {
        const FIELD: [&str; 2] = ["input", "idempotencyKey"];
        let Some(key) = self.key else { return Ok(None) };
        if key.chars().count() > MAX_KEY {
            let message = format!("An idempotency key can have at most {MAX_KEY} characters.");
            return Err(Error::user(UserErrorCode::TooLong, &FIELD, message));
        }
        let known = idempotency_key::Entity::find_by_id((self.user_id, key.to_owned())).one(tx).await?;
        match known {
            Some(known) if known.created_at + KEY_LIFETIME <= now => {
                idempotency_key::Entity::delete_by_id((self.user_id, key.to_owned())).exec(tx).await?;
                Ok(None)
            }
            Some(known) if known.action != self.action => {
                let message = "This idempotency key was used for another mutation.";
                Err(Error::user(UserErrorCode::Conflict, &FIELD, message))
            }
            known => Ok(known.map(|known| known.target_id)),
        }
    }

    /// Remembers the row that the mutation made.
    ///
    /// # Errors
    /// If the database fails; a second request at the same time makes the transaction fail, and its
    /// caller finds the first one's answer when it asks again.
    pub async fn remember(&self, tx: &DatabaseTransaction, now: DateTime<Utc>, target_id: i64) -> Result<()> {
        let Some(key) = self.key else { return Ok(()) };
        let row = idempotency_key::ActiveModel {
            user_id: Set(self.user_id),
            idempotency_key: Set(key.to_owned()),
            action: Set(self.action.to_owned()),
            target_id: Set(target_id),
            created_at: Set(now),
        };
        idempotency_key::Entity::insert(row).exec_without_returning(tx).await?;
        Ok(())
    }
}

/// Forgets the keys whose time is over.
pub async fn forget_old(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<()> {
    idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::CreatedAt.lte(now - KEY_LIFETIME))
        .exec(connection)
        .await?;
    Ok(())
}
