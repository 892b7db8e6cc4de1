//! A host of a source that fails, and is left alone for a while.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "source_circuit")]
pub struct Model {
    /// The host.
    #[sea_orm(primary_key, auto_increment = false)]
    pub host: String,
    /// Requests that failed in a row.
    pub failures: i32,
    /// Until when nothing is asked of it; null: it is asked.
    pub open_until: Option<DateTimeUtc>,
    /// Why.
    pub reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
