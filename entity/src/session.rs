//! A person who is signed in; the token is stored as a hash.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Who it is.
    pub user_id: i64,
    /// SHA-256 of the token, hexadecimal.
    #[sea_orm(unique)]
    pub token_hash: String,
    /// When it began.
    pub created_at: DateTimeUtc,
    /// When it ends.
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
