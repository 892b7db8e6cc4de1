//! A record that an import refused.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_problem")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The run.
    pub import_run_id: i64,
    /// Which record: file and place in it.
    pub item: String,
    /// Why it was refused.
    pub reason: String,
}

impl ActiveModelBehavior for ActiveModel {}
