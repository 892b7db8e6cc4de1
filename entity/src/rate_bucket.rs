//! The rate that all workers share; one row.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_bucket")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// From when on the next message may leave: microseconds since 1970, by the clock of the database.
    pub free_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
