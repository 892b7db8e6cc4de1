//! The rows of a list of comments: each comment with its author, in one statement.

use db::paging::{Columns, Key, Keyset, Kind, ListQuery, Owner};
use db::{ColumnSet, Joined, PositionalRow as _, RowCursor, value};
use entity::{comment, user};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, DbErr, QueryResult};

/// A comment and who wrote it, of which only some columns may have been read; the others are not set.
#[derive(Clone, Debug)]
pub struct CommentRow {
    /// The comment; its id was read, and what says whether it is shown.
    pub comment: comment::ActiveModel,
    /// Its author; `None` once the account is gone.
    pub author: Joined<user::ActiveModel>,
}

/// The columns of a [`CommentRow`] that are read. The author is joined only if one of its columns is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CommentColumns {
    comment: ColumnSet,
    author: ColumnSet,
}

impl Columns for CommentColumns {
    const ALL: Self = Self { comment: ColumnSet::ALL, author: ColumnSet::ALL };
    const MIN: Self = Self { comment: ColumnSet::MIN, author: ColumnSet::MIN };

    fn with(self, other: Self) -> Self {
        Self { comment: self.comment.with(other.comment), author: self.author.with(other.author) }
    }
}

impl CommentColumns {
    /// These columns of the comment.
    #[must_use]
    pub fn comment(columns: &[comment::Column]) -> Self {
        Self { comment: ColumnSet::of(columns), ..Self::MIN }
    }

    /// Those and these of its author.
    #[must_use]
    pub fn with_author(self, columns: ColumnSet) -> Self {
        let id = ColumnSet::of(&[user::Column::Id]);
        Self { author: self.author.with(id).with(columns), ..self }
    }

    /// Those of the comment, and what every [`CommentRow`] has.
    fn of_comment(self) -> ColumnSet {
        let always = [comment::Column::Id, comment::Column::DeletedAt, comment::Column::HiddenAt];
        self.comment.with(ColumnSet::of(&always))
    }
}

impl CommentRow {
    /// Its row id.
    ///
    /// # Errors
    /// None: it is always read.
    pub fn id(&self) -> Result<i64, DbErr> {
        value(&self.comment.id).copied()
    }

    /// Whether it is there to be read.
    ///
    /// # Errors
    /// None: what decides it is always read.
    pub fn is_shown(&self) -> Result<bool, DbErr> {
        Ok(value(&self.comment.deleted_at)?.is_none() && value(&self.comment.hidden_at)?.is_none())
    }

    /// Selects columns of the comments that `which` is true of.
    pub(crate) fn select(which: Condition, columns: CommentColumns) -> SelectStatement {
        let wrote =
            Expr::col((user::Entity, user::Column::Id)).equals((comment::Entity, comment::Column::AuthorId));
        let mut statement = Query::select();
        statement.from(comment::Entity).cond_where(which);
        if !columns.author.is_empty() {
            statement.left_join(user::Entity, wrote);
        }
        comment::Entity::select(&mut statement, columns.of_comment());
        user::Entity::select(&mut statement, columns.author);
        statement
    }

    /// Reads what [`CommentRow::select`] selects.
    pub(crate) fn read(row: &QueryResult, columns: CommentColumns) -> Result<Self, DbErr> {
        let mut cells = RowCursor::of(row);
        Ok(Self {
            comment: comment::Entity::read(&mut cells, columns.of_comment())?,
            author: cells.joined::<user::Entity>(columns.author)?,
        })
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

impl ListQuery for CommentList {
    type Row = CommentRow;
    type Columns = CommentColumns;

    fn rows(&self, columns: CommentColumns) -> SelectStatement {
        self.rows_of(Expr::val(self.id()), columns)
    }

    fn owner(&self) -> Option<Owner> {
        let kind = match self {
            Self::OnPaper(_) => "paper",
            Self::RepliesTo(_) => "comment",
        };
        Some(Owner { kind, id: self.id() })
    }

    fn rows_of(&self, owner: Expr, columns: CommentColumns) -> SelectStatement {
        CommentRow::select(self.owned(owner).add(Condition::any().add(shown()).add(answered())), columns)
    }

    fn counted(&self) -> SelectStatement {
        match self {
            Self::OnPaper(_) => {
                CommentRow::select(self.owned(Expr::val(self.id())).add(shown()), CommentColumns::MIN)
            }
            Self::RepliesTo(_) => self.rows(CommentColumns::MIN),
        }
    }

    fn keyset(&self) -> Keyset {
        Keyset::rising(vec![(comment::Column::Id.into_expr(), Kind::Number)])
    }

    fn key(&self, written: &CommentRow) -> Result<Key, DbErr> {
        Ok(vec![written.id()?])
    }

    fn read(row: &QueryResult, columns: CommentColumns) -> Result<CommentRow, DbErr> {
        CommentRow::read(row, columns)
    }
}
