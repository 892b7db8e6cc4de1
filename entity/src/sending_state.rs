//! Whether digests leave; one row.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sending_state")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Since when they are kept back; null while they leave.
    pub paused_at: Option<DateTimeUtc>,
    /// Why.
    pub reason: Option<String>,
    /// When an administrator last ended a pause.
    pub resumed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
