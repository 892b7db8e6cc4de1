//! One row: the monotone instant from which `recorded_at` and `chosen_at` are drawn.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "feed_clock")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The last instant given out.
    pub at: DateTimeUtc,
    /// Whether it was given out to choose papers.
    pub is_choice: bool,
}

impl ActiveModelBehavior for ActiveModel {}
