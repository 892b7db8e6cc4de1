//! A version of a paper.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "paper_version")]
pub struct Model {
    /// The paper.
    #[sea_orm(primary_key, auto_increment = false)]
    pub paper_id: i64,
    /// The number, from 1 on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// The submission.
    pub submitted_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
