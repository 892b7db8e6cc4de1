//! One row: the release of the tz database by which digests are due.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tzdb_release")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Such as 2026a; a later one is greater. Empty before the first.
    pub release: String,
}

impl ActiveModelBehavior for ActiveModel {}
