//! What a list of comments is made of: each comment with who wrote it, in one statement.

use entity::{comment, user};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, DbErr, QueryResult};

use crate::db::columns::{Cells, Columns as _, columns};
use crate::paging::{Key, Keyset, Kind, List, Owner};

columns!(comment:
    id Id, paper_id PaperId, author_id AuthorId, parent_id ParentId, body Body, created_at CreatedAt,
    edited_at EditedAt, deleted_at DeletedAt, hidden_at HiddenAt,
);
columns!(user:
    id Id, handle Handle, display_name DisplayName, role Role, email Email, email_key EmailKey, joined_at JoinedAt,
    banned_at BannedAt, ban_reason BanReason,
);

/// A comment and who wrote it.
#[derive(Clone, Debug)]
pub struct Written {
    /// The comment.
    pub comment: comment::Model,
    /// Its author; `None` once the account is gone.
    pub author: Option<user::Model>,
}

impl Written {
    /// Selects the comments that `which` is true of.
    pub(super) fn select(which: Condition) -> SelectStatement {
        let wrote =
            Expr::col((user::Entity, user::Column::Id)).equals((comment::Entity, comment::Column::AuthorId));
        let mut statement = Query::select();
        statement.from(comment::Entity).left_join(user::Entity, wrote).cond_where(which);
        comment::Model::select(&mut statement);
        user::Model::select(&mut statement);
        statement
    }

    /// Reads what [`Written::select`] selects.
    pub(super) fn read(row: &QueryResult) -> Result<Self, DbErr> {
        let mut cells = Cells::of(row);
        Ok(Self { comment: comment::Model::read(&mut cells)?, author: cells.next_optional()? })
    }
}

/// Comments, the oldest first. One that was deleted or hidden keeps its place while something answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommentList {
    /// All on a paper, whatever they answer. Those that are there to be read are counted.
    OnPaper(i64),
    /// The answers to a comment.
    RepliesTo(i64),
}

impl CommentList {
    fn owned(self, owner: Expr) -> Condition {
        let column = match self {
            Self::OnPaper(_) => comment::Column::PaperId,
            Self::RepliesTo(_) => comment::Column::ParentId,
        };
        Condition::all().add(column.into_expr().eq(owner))
    }

    fn id(self) -> i64 {
        let (Self::OnPaper(id) | Self::RepliesTo(id)) = self;
        id
    }
}

/// Comments that are there to be read.
fn shown() -> Condition {
    Condition::all().add(comment::Column::DeletedAt.is_null()).add(comment::Column::HiddenAt.is_null())
}

/// Comments that something answers.
fn answered() -> Expr {
    let reply = Alias::new("reply");
    let answers = Query::select()
        .expr(Expr::val(1))
        .from_as(comment::Entity, reply.clone())
        .and_where(
            Expr::col((reply, comment::Column::ParentId)).equals((comment::Entity, comment::Column::Id)),
        )
        .to_owned();
    Expr::exists(answers)
}

impl List for CommentList {
    type Row = Written;

    fn rows(&self) -> SelectStatement {
        self.rows_of(Expr::val(self.id()))
    }

    fn owner(&self) -> Option<Owner> {
        let kind = match self {
            Self::OnPaper(_) => "paper",
            Self::RepliesTo(_) => "comment",
        };
        Some(Owner { kind, id: self.id() })
    }

    fn rows_of(&self, owner: Expr) -> SelectStatement {
        Written::select(self.owned(owner).add(Condition::any().add(shown()).add(answered())))
    }

    fn counted(&self) -> SelectStatement {
        match self {
            Self::OnPaper(_) => Written::select(self.owned(Expr::val(self.id())).add(shown())),
            Self::RepliesTo(_) => self.rows(),
        }
    }

    fn keyset(&self) -> Keyset {
        Keyset::rising(vec![(comment::Column::Id.into_expr(), Kind::Number)])
    }

    fn key(&self, written: &Written) -> Key {
        vec![written.comment.id]
    }

    fn read(row: &QueryResult) -> Result<Written, DbErr> {
        Written::read(row)
    }
}
