//! A look-up at arXiv of an identifier that somebody asked for.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "arxiv_lookup")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The identifier, without a version.
    pub arxiv_id: String,
    /// When it was looked up.
    pub looked_up_at: DateTimeUtc,
    /// False once arXiv has answered that it has no such paper.
    pub is_found: bool,
}

impl ActiveModelBehavior for ActiveModel {}
