//! An address that no digest may reach, known by a keyed hash only.

use sea_orm::entity::prelude::*;

use crate::enums::SuppressionReason;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "suppression")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// HMAC-SHA-256 of the lower-cased address, hexadecimal.
    #[sea_orm(unique)]
    pub address_hash: String,
    /// Which secret key made the hash.
    pub key_id: String,
    /// Why.
    pub reason: SuppressionReason,
    /// What an administrator or a mail server said.
    pub note: Option<String>,
    /// Since when.
    pub since: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
