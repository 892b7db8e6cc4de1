//! Rows read by the place of their columns.
//!
//! A column that is found by its name is looked for in each row: for the forty of a listed paper that took longer than
//! to read their values. Here the columns are selected and read in one order, that of one list.

use sea_orm::sea_query::SelectStatement;
use sea_orm::{DbErr, QueryResult, TryGetable};

/// A row of a table, as a part of a wider row.
pub(crate) trait Columns: Sized {
    /// How many columns it has.
    const WIDTH: usize;

    /// Adds the columns to what is selected.
    fn select(statement: &mut SelectStatement);

    /// Reads them.
    fn read(cells: &mut Cells<'_>) -> Result<Self, DbErr>;
}

/// The columns of a row that were not read yet.
pub(crate) struct Cells<'a> {
    row: &'a QueryResult,
    next: usize,
}

impl<'a> Cells<'a> {
    /// All columns of a row.
    pub(crate) fn of(row: &'a QueryResult) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    pub(crate) fn next<T: TryGetable>(&mut self) -> Result<T, DbErr> {
        let value = self.row.try_get_by_index(self.next)?;
        self.next += 1;
        Ok(value)
    }

    /// The next columns, of a row that an outer join may not have found: its first one, the key, is null then.
    pub(crate) fn next_optional<T: Columns>(&mut self) -> Result<Option<T>, DbErr> {
        if self.row.try_get_by_index::<Option<i64>>(self.next)?.is_none() {
            self.next += T::WIDTH;
            return Ok(None);
        }
        T::read(self).map(Some)
    }
}

/// Implements [`Columns`] for the model of an entity: the names of its fields and of its columns, the key first.
macro_rules! columns {
    ($entity:ident: $($field:ident $column:ident),* $(,)?) => {
        impl $crate::db::columns::Columns for entity::$entity::Model {
            const WIDTH: usize = [$(stringify!($field)),*].len();

            fn select(statement: &mut sea_orm::sea_query::SelectStatement) {
                $(statement.column((entity::$entity::Entity, entity::$entity::Column::$column));)*
            }

            fn read(
                cells: &mut $crate::db::columns::Cells<'_>,
            ) -> std::result::Result<Self, sea_orm::DbErr> {
                Ok(Self { $($field: cells.next()?),* })
            }
        }
    };
}
pub(crate) use columns;
