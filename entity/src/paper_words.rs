//! The words of a paper, by which filters look for keywords. Apart from the paper, so that reading a page
//! of papers does not carry each abstract twice.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "paper_words")]
pub struct Model {
    /// The paper.
    #[sea_orm(primary_key, auto_increment = false)]
    pub paper_id: i64,
    /// Title, abstract and keywords as folded words between single spaces.
    pub words: String,
    /// Which rules they were made by.
    pub rules: i32,
}

impl ActiveModelBehavior for ActiveModel {}
