//! A bearer token, stored as a hash.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "access_token")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Whose it is.
    pub user_id: i64,
    /// The token that it was made with, and that takes it along when it is revoked; null: made by a session, or at the
    /// command line.
    pub parent_id: Option<i64>,
    /// What its owner calls it.
    pub name: String,
    /// SHA-256 of the token, hexadecimal.
    #[sea_orm(unique)]
    pub token_hash: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When a request last carried it, to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// Last day on which it works; null: no end.
    pub expires_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}
