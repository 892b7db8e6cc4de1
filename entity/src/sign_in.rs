//! A link that signs in the person who reads the mail of an address; derived from the row, not stored.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The lower-cased address.
    #[sea_orm(unique)]
    pub email_key: String,
    /// The address as it was typed last.
    pub email: String,
    /// Set while the link works: until it is used.
    pub nonce: Option<String>,
    /// Until when it works.
    pub expires_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
