//! The vector of a paper's title and abstract, by which it is found by meaning.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "paper_embedding")]
pub struct Model {
    /// The paper.
    #[sea_orm(primary_key, auto_increment = false)]
    pub paper_id: i64,
    /// Name and revision of the model that made it; empty while it waits for one.
    pub model: String,
    /// A signed byte for each dimension.
    pub vector: Option<Vec<u8>>,
    /// What a byte is to be multiplied by.
    pub scale: Option<f32>,
    /// Which attempt this is: one that was overtaken by a change of the text writes nothing.
    pub attempt: i32,
    /// Until when a worker has it.
    pub claimed_until: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
