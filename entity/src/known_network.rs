//! A network that a person signed in from, as a keyed hash.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "known_network")]
pub struct Model {
    /// The person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: i64,
    /// The keyed hash of an IPv4 address, or of an IPv6 network of 64 bits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub network_hash: String,
    /// When they last signed in from it.
    pub seen_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
