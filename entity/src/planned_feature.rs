//! A place on the feed of a day that has not opened yet. The row goes when the day opens, and `featured_paper` has it.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "planned_feature")]
pub struct Model {
    /// The paper.
    #[sea_orm(primary_key, auto_increment = false)]
    pub paper_id: i64,
    /// The day whose feed is to show it.
    pub day: Date,
    /// The source's submission instant, else the opening of its day.
    pub featured_at: DateTimeUtc,
    /// Place in the list of the day, as the source had it.
    pub position: i32,
    /// Whether the paper was not known before, and is not shown until then.
    pub is_new: bool,
}

impl ActiveModelBehavior for ActiveModel {}
