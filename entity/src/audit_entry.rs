//! What a curator or an administrator did; written in the transaction of the deed.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When.
    pub at: DateTimeUtc,
    /// Who; null for the command line.
    pub actor_id: Option<i64>,
    /// The mutation or command.
    pub action: String,
    /// The global identifier of what it was done to.
    pub target: Option<String>,
    /// What changed, as JSON.
    pub detail: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
