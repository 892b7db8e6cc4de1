//! What someone wrote about a paper.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "comment")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The paper.
    pub paper_id: i64,
    /// Who wrote it; null once the account is gone.
    pub author_id: Option<i64>,
    /// The comment of the same paper that it answers.
    pub parent_id: Option<i64>,
    /// Markdown as it was written; empty once deleted.
    pub body: String,
    /// The body as safe HTML; empty once deleted.
    pub body_html: String,
    /// When it was written.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub edited_at: Option<DateTimeUtc>,
    /// When its author deleted it.
    pub deleted_at: Option<DateTimeUtc>,
    /// When a curator hid it; null while it is shown.
    pub hidden_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

db::columns!(
    id Id, paper_id PaperId, author_id AuthorId, parent_id ParentId, body Body, created_at CreatedAt,
    edited_at EditedAt, deleted_at DeletedAt, hidden_at HiddenAt, body_html BodyHtml,
);
