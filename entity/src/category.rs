//! An arXiv category that papers here have.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "category")]
pub struct Model {
    /// Code: cs.CL.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Name: Computation and Language.
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}
