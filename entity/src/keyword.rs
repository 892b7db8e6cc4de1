//! What a paper is about, in free words.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "keyword")]
pub struct Model {
    /// The paper.
    #[sea_orm(primary_key, auto_increment = false)]
    pub paper_id: i64,
    /// Normalised keyword.
    #[sea_orm(primary_key, auto_increment = false)]
    pub keyword_key: String,
    /// The keyword as the source gives it.
    pub name: String,
    /// Place in the list of the paper.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
