//! A mail with a link that somebody asked for: what limits are counted by. It names nobody but by keyed hashes.

use sea_orm::entity::prelude::*;

use crate::enums::DeliveryKind;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "link_request")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What the mail carries.
    pub kind: DeliveryKind,
    /// The keyed hash of the mailbox, whatever the tags of the address.
    pub mailbox_hash: String,
    /// The keyed hash of the network that asked; null if that is not looked at.
    pub network_hash: Option<String>,
    /// Whether the one who asked is likely the owner: they signed in from there, or hold an earlier mail.
    pub is_known: bool,
    /// When it was asked for.
    pub asked_at: DateTimeUtc,
    /// When its link was used; null while it was not.
    pub used_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
