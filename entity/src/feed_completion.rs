//! A feed day that every scheduled source has settled.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feed_completion")]
pub struct Model {
    /// The feed day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    /// When that was so.
    pub completed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
