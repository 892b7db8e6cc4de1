//! A harvest of arXiv's records by OAI-PMH, and the place that it has reached.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "harvest")]
pub struct Model {
    /// The set of a scheduled harvest, or the import run of another one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The set, such as `cs:cs:CL`; null: all of arXiv.
    pub set_spec: Option<String>,
    /// The first day of changes of the list under way or, between harvests, of the next one.
    pub from_day: Option<Date>,
    /// The last day of changes; null: no end.
    pub until_day: Option<Date>,
    /// Whether it is done again and again.
    pub is_scheduled: bool,
    /// What asks for the next page; null at the start of a list.
    pub token: Option<String>,
    /// The end of the token's validity.
    pub token_expires_at: Option<DateTimeUtc>,
    /// Pages of the list that were read.
    pub pages: i64,
    /// Records of the list that were read.
    pub records: i64,
    /// Records of the list, as the source estimates.
    pub list_size: Option<i64>,
    /// When the source answered with the first page of the list: the next harvest goes on from that day.
    pub responded_at: Option<DateTimeUtc>,
    /// The import run of the list under way.
    pub import_run_id: Option<i64>,
    /// When the next page is asked for; null if no more.
    pub next_read_at: Option<DateTimeUtc>,
    /// Attempts that failed since a page was read last.
    pub attempt: i32,
    /// When a page was asked for last.
    pub attempted_at: Option<DateTimeUtc>,
    /// When a page was read last.
    pub read_at: Option<DateTimeUtc>,
    /// When a list was read to its end last.
    pub finished_at: Option<DateTimeUtc>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Random mark of the process that reads it.
    pub owner: Option<String>,
    /// Until when that process has it.
    pub lease_until: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
