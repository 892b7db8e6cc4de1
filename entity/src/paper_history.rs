//! What Hugging Face counted for a paper on a day.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "paper_history")]
pub struct Model {
    /// The paper.
    #[sea_orm(primary_key, auto_increment = false)]
    pub paper_id: i64,
    /// The day, in UTC, on which it was read.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    /// Votes.
    pub upvotes: i32,
    /// Comments.
    pub comments: i32,
}

impl ActiveModelBehavior for ActiveModel {}
