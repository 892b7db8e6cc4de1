//! What an import refused, or left out of a record that it took.

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
    /// Of a warning, the field that was left out or cut; null if the whole was refused.
    pub field: Option<String>,
    /// What was wrong with it.
    pub reason: String,
}

impl ActiveModelBehavior for ActiveModel {}
