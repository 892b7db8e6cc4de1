//! One period of the archive: a complete day, ISO week or month that has papers.

use sea_orm::entity::prelude::*;

use crate::enums::Cadence;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "edition")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Length of the period.
    pub cadence: Cadence,
    /// 2026-01-06, 2026-W02 or 2026-01; unique with the cadence.
    pub period: String,
    /// First feed day.
    pub starts_on: Date,
    /// Last feed day.
    pub ends_on: Date,
    /// Heading of the archive page.
    pub subject: String,
    /// When it was made.
    pub published_at: DateTimeUtc,
    /// When its unsent deliveries were cancelled.
    pub cancelled_at: Option<DateTimeUtc>,
    /// While it is being opened by hand: the last subscription that was looked at.
    pub opening_after: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
