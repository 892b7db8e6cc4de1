//! Bans of mailboxes: a ban applies to the person, regardless of tags and dots in the address.

use chrono::{DateTime, Utc};
use entity::{access_token, session, user};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
};
use smtp::Address;

use crate::Result;
use crate::error::{Error, UserErrorCode};
use crate::wording::long_date;

/// A ban as its person hears of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ban {
    since: DateTime<Utc>,
    reason: Option<String>,
}

impl From<Ban> for Error {
    fn from(ban: Ban) -> Self {
        let since = long_date(ban.since.date_naive());
        let reason = ban.reason.map(|reason| format!(" Reason: {reason}")).unwrap_or_default();
        let message = format!("This account has been banned since {since} and cannot sign in.{reason}");
        Self::user(UserErrorCode::Conflict, &["token"], message)
    }
}

/// The ban of the owner of a mailbox.
pub(super) async fn of_address(connection: &impl ConnectionTrait, email_key: &str) -> Result<Option<Ban>> {
    let mailbox = Address::parse(email_key).map(|address| address.mailbox_key());
    let is_theirs = Condition::any()
        .add(user::Column::EmailKey.eq(email_key))
        .add(user::Column::MailboxKey.eq(mailbox.unwrap_or_default()));
    let banned = user::Entity::find().filter(is_theirs).filter(user::Column::BannedAt.is_not_null());
    let row = banned.one(connection).await?;
    Ok(row.and_then(|row| row.banned_at.map(|since| Ban { since, reason: row.ban_reason })))
}

/// Ends the sessions and revokes the tokens of a person, of all accounts of their mailbox. They do not come back with
/// the end of the ban. Returns how many tokens there were.
pub(super) async fn revoke_all(tx: &DatabaseTransaction, person: &user::Model) -> Result<u64> {
    let mut theirs = Condition::any().add(user::Column::Id.eq(person.id));
    if let Some(mailbox) = &person.mailbox_key {
        theirs = theirs.add(user::Column::MailboxKey.eq(mailbox.as_str()));
    }
    let rows = user::Entity::find().filter(theirs).all(tx).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    session::Entity::delete_many().filter(session::Column::UserId.is_in(ids.clone())).exec(tx).await?;
    let revoked =
        access_token::Entity::delete_many().filter(access_token::Column::UserId.is_in(ids)).exec(tx).await?;
    Ok(revoked.rows_affected)
}
