//! Links in mails about a subscription: how long they are valid, whose they are, and the words for those that are not.
//!
//! A link has a token (see [`crate::keys`]) for one purpose. A token that names nothing and one that is for something else
//! get the same words.

use chrono::TimeDelta;
use entity::subscription;
use sea_orm::{DatabaseTransaction, EntityTrait as _, QuerySelect as _};

use crate::Result;
use crate::error::{Error, UserErrorCode};
use crate::keys::{Keys, Purpose, Token};

/// The lifetime of a confirmation link.
pub const CONFIRM_LINK_LIFETIME: TimeDelta = TimeDelta::hours(48);

/// The lifetime of a manage link.
pub const MANAGE_LINK_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// The error for a token that is invalid or names nothing.
pub(super) fn wrong_token() -> Error {
    Error::user(UserErrorCode::Invalid, &["token"], "This link is not valid.")
}

/// The error for a token that was good once.
pub(super) fn expired_token() -> Error {
    Error::user(UserErrorCode::Expired, &["token"], "This link has expired.")
}

/// The subscription that a token for `purpose` names, locked, once the token is verified. `nonce` picks
/// the nonce that the purpose goes by.
pub(super) async fn by_token(
    tx: &DatabaseTransaction,
    keys: &Keys,
    token: &str,
    purpose: Purpose,
    nonce: impl Fn(&subscription::Model) -> Option<String>,
) -> Result<subscription::Model> {
    let token = Token::parse(token).ok_or_else(wrong_token)?;
    let row = subscription::Entity::find_by_id(token.id).lock_exclusive().one(tx).await?;
    row.filter(|row| nonce(row).is_some_and(|nonce| keys.verify(token, purpose, &nonce)))
        .ok_or_else(wrong_token)
}
