//! A person with an account.

use sea_orm::entity::prelude::*;

use crate::enums::Role;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Unique name.
    #[sea_orm(unique)]
    pub handle: String,
    /// Name as shown.
    pub display_name: String,
    /// What the person may do.
    pub role: Role,
    /// When the account was made.
    pub joined_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
