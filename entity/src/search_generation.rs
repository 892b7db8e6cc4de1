//! What all search indexes share, in one row: their generation, whose number is raised to have all of them built anew, and
//! the model that vectors are made by.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "search_generation")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The generation.
    pub number: i64,
    /// The model whose vectors are made, with its revision; empty until one is named.
    pub model: String,
}

impl ActiveModelBehavior for ActiveModel {}
