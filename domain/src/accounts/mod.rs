//! People with an account: who they are, how they sign in, and the tokens that speak for them.

mod bans;
pub mod moderation;
pub mod names;
pub mod networks;
pub mod profile;
pub mod read;
pub mod sessions;
pub mod sign_in;
pub mod tokens;

use chrono::{DateTime, Utc};
use entity::enums::Role;
use entity::user;
use sea_orm::EntityTrait as _;

use crate::{Db, Result};

/// The credential of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A session, by row id.
    Session(i64),
    /// An access token, by row id.
    AccessToken(i64),
}

/// The person whom a request speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Row id of the user.
    pub user_id: i64,
    /// Unique name.
    pub handle: String,
    /// The role of the person.
    pub role: Role,
    /// The credential of the request.
    pub credential: Credential,
}

impl Viewer {
    /// Whether the person may do what `role` may; each role includes those below it.
    #[must_use]
    pub fn is_at_least(&self, role: Role) -> bool {
        self.role >= role
    }
}

/// The person whose session or access token `secret` is; `None` if it is neither, if its time is over,
/// and if the person is banned.
pub async fn authenticate(db: &Db, now: DateTime<Utc>, secret: &str) -> Result<Option<Viewer>> {
    let found = if secret.starts_with(sessions::PREFIX) {
        sessions::find(db, now, secret).await?
    } else {
        tokens::find(db, now, secret).await?
    };
    let Some((user_id, credential)) = found else { return Ok(None) };
    let user = user::Entity::find_by_id(user_id).one(db.read()).await?;
    let user = user.filter(|user| user.banned_at.is_none());
    Ok(user.map(|user| Viewer { user_id, handle: user.handle, role: user.role, credential }))
}
