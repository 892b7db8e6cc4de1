//! A message that came back: a bounce, a complaint, an answer of a machine, or something that nobody understood.

use sea_orm::entity::prelude::*;

use crate::enums::BounceKind;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bounce")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// SHA-256 of the message, hexadecimal: the same one is kept once.
    #[sea_orm(unique)]
    pub fingerprint: String,
    /// What it says.
    pub kind: BounceKind,
    /// Which delivery its mark names; null without a good mark, and then it has changed nothing.
    pub delivery_id: Option<i64>,
    /// Keyed hash of the lower-cased address: that of the delivery, else the one that the message names.
    pub address_hash: Option<String>,
    /// What a server said, addresses masked.
    pub diagnostic: Option<String>,
    /// The beginning of the message.
    pub message: Vec<u8>,
    /// When it came.
    pub received_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
