//! Workers that run, or did until lately.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "worker_heartbeat")]
pub struct Model {
    /// By chance, one for each process.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub started_at: DateTimeUtc,
    /// When it last said that it runs.
    pub seen_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
