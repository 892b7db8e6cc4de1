//! Look-up of papers by author; the order of names is on the paper.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "paper_author")]
pub struct Model {
    /// Normalised author name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name_key: String,
    /// The paper.
    #[sea_orm(primary_key, auto_increment = false)]
    pub paper_id: i64,
}

impl ActiveModelBehavior for ActiveModel {}
