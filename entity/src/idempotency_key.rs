//! A request that its caller marked with a key, and what it was answered with.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// The caller.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: i64,
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub idempotency_key: String,
    /// The mutation.
    pub action: String,
    /// The row that the mutation made.
    pub target_id: i64,
    /// When; the key is forgotten 24 hours later.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
