//! A source that is read over the network, and whether the workers read it by schedule.

use sea_orm::entity::prelude::*;

use crate::enums::Source;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "source")]
pub struct Model {
    /// The source.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: Source,
    /// Whether the configuration of the workers lists it.
    pub is_scheduled: bool,
}

impl ActiveModelBehavior for ActiveModel {}
