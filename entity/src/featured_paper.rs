//! A paper on the feed of a day. One row a paper, for ever: a paper is featured once.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "featured_paper")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The paper.
    #[sea_orm(unique)]
    pub paper_id: i64,
    /// The day whose feed shows it.
    pub day: Date,
    /// The source's submission instant, else the opening of its day.
    pub featured_at: DateTimeUtc,
    /// When this became known here, by the feed clock: monotone in the order of commits.
    pub recorded_at: DateTimeUtc,
    /// The person who featured it here; null for a source.
    pub featured_by: Option<i64>,
    /// Place in the list of the day, as the source had it.
    pub position: i32,
    /// When it was taken off the feed; the row stays, so that it is never sent twice.
    pub removed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

db::columns!(
    id Id, paper_id PaperId, day Day, featured_at FeaturedAt, recorded_at RecordedAt, featured_by FeaturedBy,
    position Position, removed_at RemovedAt,
);
