//! Which categories a paper has.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "paper_category")]
pub struct Model {
    /// The paper.
    #[sea_orm(primary_key, auto_increment = false)]
    pub paper_id: i64,
    /// The category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Place in the list of the paper; 0 is the primary category.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
