//! A list that a source has for a day, read again and again until it stands.

use sea_orm::entity::prelude::*;

use crate::enums::{ReadingStatus, Source};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "source_reading")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The source.
    pub source: Source,
    /// The category; empty for a source that has one list a day.
    pub part: String,
    /// The day as the source counts: a feed day of Hugging Face, the stated day of an announcement of arXiv.
    pub day: Date,
    /// The earliest time at which the list can be there.
    pub due_at: DateTimeUtc,
    /// How it stands.
    pub status: ReadingStatus,
    /// When it is read next; null if no more.
    pub next_read_at: Option<DateTimeUtc>,
    /// Attempts that failed since it was read last.
    pub attempt: i32,
    /// When it was asked for last.
    pub attempted_at: Option<DateTimeUtc>,
    /// When it was read last.
    pub read_at: Option<DateTimeUtc>,
    /// Why the last attempt failed, or what is awaited.
    pub error: Option<String>,
    /// Papers on the list when it was read last.
    pub found: Option<i32>,
    /// Hash of the identifiers on the list.
    pub list_hash: Option<String>,
    /// Since when the list has been the same, counted from the end of its day.
    pub agreed_since: Option<DateTimeUtc>,
    /// Hash of the document that was read last.
    pub content_hash: Option<String>,
    /// Validator of the document.
    pub etag: Option<String>,
    /// Validator of the document.
    pub last_modified: Option<String>,
    /// Random mark of the process that reads it.
    pub owner: Option<String>,
    /// Until when that process has it.
    pub lease_until: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
