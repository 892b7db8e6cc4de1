//! An identifier that somebody asked for and that was looked up at arXiv.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "arxiv_lookup")]
pub struct Model {
    /// The identifier, without a version.
    #[sea_orm(primary_key, auto_increment = false)]
    pub arxiv_id: String,
    /// When it was looked up last.
    pub looked_up_at: DateTimeUtc,
    /// Whether arXiv has such a paper.
    pub is_found: bool,
}

impl ActiveModelBehavior for ActiveModel {}
