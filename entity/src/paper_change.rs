//! The last change of each paper, numbered in the order of the commits, for what follows papers. Written by triggers.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "paper_change")]
pub struct Model {
    /// The paper, which may be gone.
    #[sea_orm(primary_key, auto_increment = false)]
    pub paper_id: i64,
    /// The number of the change; those of one transaction may have the same.
    pub number: i64,
}

impl ActiveModelBehavior for ActiveModel {}
