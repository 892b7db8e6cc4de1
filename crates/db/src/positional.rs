//! Rows read by the place of their columns, and of a row only the columns that are wanted.
//!
//! A column that is found by its name is looked for in each row, which took longer than to read its value; and a list of
//! papers of which somebody wants the titles took twice as long when their abstracts came along. Here columns are
//! selected and read in one order, that of one list, and those that were not selected are not set: nobody can take them
//! for empty ones.

use sea_orm::sea_query::SelectStatement;
use sea_orm::{ActiveValue, DbErr, EntityTrait, QueryResult, TryGetable};

use crate::paging::Columns;

/// Some columns of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColumnSet(u64);

/// A column of a table that is read by place.
pub trait ColumnIndex: Copy {
    /// Its place in the table, from 0 to 63.
    fn place(self) -> u32;
}

impl ColumnSet {
    /// These columns.
    #[must_use]
    pub fn of(columns: &[impl ColumnIndex]) -> Self {
        Self(columns.iter().fold(0, |set, column| set | 1 << column.place()))
    }

    /// Whether it has no column.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the column at this place is one of them.
    #[must_use]
    pub const fn has(self, place: u32) -> bool {
        self.0 & (1 << place) != 0
    }
}

impl Columns for ColumnSet {
    const ALL: Self = Self(u64::MAX);
    const MIN: Self = Self(0);

    fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A table whose rows are read by the place of their columns, as a part of a wider row.
pub trait PositionalRow: EntityTrait {
    /// Adds those of the columns that are in `set` to what is selected.
    fn select(statement: &mut SelectStatement, set: ColumnSet);

    /// Reads them; the others are not set.
    fn read(cells: &mut RowCursor<'_>, set: ColumnSet) -> Result<Self::ActiveModel, DbErr>;

    /// How many of its columns are in `set`.
    fn width(set: ColumnSet) -> usize;

    /// Adds all columns to what is selected.
    fn select_whole(statement: &mut SelectStatement) {
        Self::select(statement, ColumnSet::ALL);
    }

    /// Reads what [`PositionalRow::select_whole`] selected, at the beginning of a row.
    fn whole(row: &QueryResult) -> Result<Self::Model, DbErr>;
}

/// The columns of a row that were not read yet.
pub struct RowCursor<'a> {
    row: &'a QueryResult,
    next: usize,
}

impl<'a> RowCursor<'a> {
    /// All columns of a row.
    pub fn of(row: &'a QueryResult) -> Self {
        Self { row, next: 0 }
    }

    /// The next column, if it was selected.
    pub fn next<T>(&mut self, is_selected: bool) -> Result<ActiveValue<T>, DbErr>
    where
        T: TryGetable + Into<sea_orm::Value>,
    {
        if !is_selected {
            return Ok(ActiveValue::NotSet);
        }
        let value = self.row.try_get_by_index(self.next)?;
        self.next += 1;
        Ok(ActiveValue::Unchanged(value))
    }

    /// The next columns, of a row that an outer join may not have found: its first one, the key, is null then.
    pub fn joined<E: PositionalRow>(&mut self, set: ColumnSet) -> Result<Joined<E::ActiveModel>, DbErr> {
        if set.is_empty() {
            return Ok(Joined::Unread);
        }
        if self.row.try_get_by_index::<Option<i64>>(self.next)?.is_none() {
            self.next += E::width(set);
            return Ok(Joined::Read(None));
        }
        E::read(self, set).map(Some).map(Joined::Read)
    }
}

/// The value of a column.
///
/// # Errors
/// If it was not read.
pub fn value<T: Into<sea_orm::Value>>(column: &ActiveValue<T>) -> Result<&T, DbErr> {
    column.try_as_ref().ok_or_else(unread)
}

fn unread() -> DbErr {
    DbErr::AttrNotSet("a column that was not asked for".to_owned())
}

/// A row that may come with another one.
#[derive(Clone, Debug)]
pub enum Joined<T> {
    /// Nobody asked for it.
    Unread,
    /// It, if there is one.
    Read(Option<T>),
}

impl<T> Joined<T> {
    /// It, if there is one.
    ///
    /// # Errors
    /// If nobody asked for it.
    pub fn value(&self) -> Result<Option<&T>, DbErr> {
        match self {
            Self::Unread => Err(unread()),
            Self::Read(row) => Ok(row.as_ref()),
        }
    }

    /// As [`Joined::value`], taken out.
    pub fn into_value(self) -> Result<Option<T>, DbErr> {
        match self {
            Self::Unread => Err(unread()),
            Self::Read(row) => Ok(row),
        }
    }
}

/// Implements [`PositionalRow`] for an entity, in its module: the names of the fields of its model and of its columns, the
/// key first. The crate that calls it depends on `sea-orm`.
///
/// ```
/// mod person {
///     use sea_orm::entity::prelude::*;
///
///     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
///     #[sea_orm(table_name = "person")]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i64,
///         pub name: String,
///     }
///
///     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
///     pub enum Relation {}
///
///     impl ActiveModelBehavior for ActiveModel {}
///
///     db::columns!(id Id, name Name);
/// }
///
/// use db::PositionalRow as _;
///
/// let names = db::ColumnSet::of(&[person::Column::Name]);
/// assert_eq!(person::Entity::width(names), 1);
/// ```
#[macro_export]
macro_rules! columns {
    ($($field:ident $column:ident),* $(,)?) => {
        impl $crate::ColumnIndex for Column {
            fn place(self) -> u32 {
                self as u32
            }
        }

        impl $crate::PositionalRow for Entity {
            fn select(statement: &mut sea_orm::sea_query::SelectStatement, set: $crate::ColumnSet) {
                $(if set.has(Column::$column as u32) {
                    statement.column((Entity, Column::$column));
                })*
            }

            fn read(
                cells: &mut $crate::RowCursor<'_>,
                set: $crate::ColumnSet,
            ) -> $crate::Result<ActiveModel, sea_orm::DbErr> {
                Ok(ActiveModel { $($field: cells.next(set.has(Column::$column as u32))?),* })
            }

            fn width(set: $crate::ColumnSet) -> usize {
                [$(Column::$column as u32),*].iter().filter(|&&place| set.has(place)).count()
            }

            fn whole(row: &sea_orm::QueryResult) -> $crate::Result<Model, sea_orm::DbErr> {
                let mut places = 0..;
                let mut next = || places.next().unwrap_or_default();
                Ok(Model { $($field: row.try_get_by_index(next())?),* })
            }
        }
    };
}
