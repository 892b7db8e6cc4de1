//! One run of an importer.

use sea_orm::entity::prelude::*;

use crate::enums::{ImportStatus, PaperSource};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_run")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Where the papers come from.
    pub source: PaperSource,
    /// How it stands.
    pub status: ImportStatus,
    /// Fingerprint of what is read; a run that was killed goes on when it is started on the same input.
    pub input: String,
    /// Random mark of the process that works on it; another takes over by replacing it.
    pub owner: String,
    /// What a worker reads below the import directory, if that is files.
    pub path: Option<String>,
    /// What is read over the network, as JSON or in words; `None` if files are read.
    pub request: Option<String>,
    /// Whether an administrator ordered it: then a worker does it.
    pub is_ordered: bool,
    /// Until when a worker has it; afterwards another one goes on.
    pub lease_until: Option<DateTimeUtc>,
    /// When it began.
    pub started_at: DateTimeUtc,
    /// When it ended.
    pub finished_at: Option<DateTimeUtc>,
    /// How many records of the input are dealt with.
    pub position: i64,
    /// Records read.
    pub read: i32,
    /// Papers made.
    pub created: i32,
    /// Papers changed.
    pub updated: i32,
    /// Papers that were so already.
    pub unchanged: i32,
    /// Records refused.
    pub rejected: i32,
    /// Fields left out or cut of records that were taken.
    pub warnings: i32,
    /// Files of which nothing could be read.
    pub unreadable_files: i32,
}

impl ActiveModelBehavior for ActiveModel {}
