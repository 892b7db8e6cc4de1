//! Rows read by the place of their columns, and of a row only the columns that are wanted.
//!
//! A column that is found by its name is looked for in each row, which took longer than to read its value; and a list of
//! papers of which somebody wants the titles took twice as long when their abstracts came along. Here columns are
//! selected and read in one order, that of one list, and those that were not selected are not set: nobody can take them
//! for empty ones.

use std::ops::{BitOr, BitOrAssign};

use sea_orm::sea_query::SelectStatement;
use sea_orm::{ActiveValue, DbErr, EntityTrait, QueryResult, TryGetable};

/// Some columns of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColumnSet(u64);

impl ColumnSet {
    /// No column.
    pub const NONE: Self = Self(0);

    /// All columns.
    pub const ALL: Self = Self(u64::MAX);

    /// The column with this place in its table.
    pub(crate) const fn one(place: u32) -> Self {
        Self(1 << place)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn has(self, place: u32) -> bool {
        self.0 & (1 << place) != 0
    }
}

impl BitOr for ColumnSet {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for ColumnSet {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

/// A table whose rows are read by the place of their columns, as a part of a wider row.
pub(crate) trait ByPlace: EntityTrait {
    /// These columns.
    fn set(columns: &[Self::Column]) -> ColumnSet;

    /// Adds those of the columns that are in `set` to what is selected.
    fn select(statement: &mut SelectStatement, set: ColumnSet);

    /// Reads them; the others are not set.
    fn read(cells: &mut Cells<'_>, set: ColumnSet) -> Result<Self::ActiveModel, DbErr>;

    /// How many of its columns are in `set`.
    fn width(set: ColumnSet) -> usize;
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

    /// The next column, if it was selected.
    pub(crate) fn next<T>(&mut self, is_selected: bool) -> Result<ActiveValue<T>, DbErr>
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
    pub(crate) fn joined<E: ByPlace>(&mut self, set: ColumnSet) -> Result<Joined<E::ActiveModel>, DbErr> {
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
/// Where it was not read.
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
    /// Where nobody asked for it.
    pub fn value(&self) -> Result<Option<&T>, DbErr> {
        match self {
            Self::Unread => Err(unread()),
            Self::Read(row) => Ok(row.as_ref()),
        }
    }

    /// As [`Joined::value`], taken out.
    pub(crate) fn into_value(self) -> Result<Option<T>, DbErr> {
        match self {
            Self::Unread => Err(unread()),
            Self::Read(row) => Ok(row),
        }
    }
}

/// Implements [`ByPlace`] for an entity: the names of the fields of its model and of its columns, the key first.
macro_rules! columns {
    ($entity:ident: $($field:ident $column:ident),* $(,)?) => {
        impl $crate::db::columns::ByPlace for entity::$entity::Entity {
            fn set(columns: &[entity::$entity::Column]) -> $crate::db::columns::ColumnSet {
                columns.iter().fold($crate::db::columns::ColumnSet::NONE, |set, &column| {
                    set | $crate::db::columns::ColumnSet::one(column as u32)
                })
            }

            fn select(
                statement: &mut sea_orm::sea_query::SelectStatement,
                set: $crate::db::columns::ColumnSet,
            ) {
                $(if set.has(entity::$entity::Column::$column as u32) {
                    statement.column((entity::$entity::Entity, entity::$entity::Column::$column));
                })*
            }

            fn read(
                cells: &mut $crate::db::columns::Cells<'_>,
                set: $crate::db::columns::ColumnSet,
            ) -> std::result::Result<entity::$entity::ActiveModel, sea_orm::DbErr> {
                Ok(entity::$entity::ActiveModel {
                    $($field: cells.next(set.has(entity::$entity::Column::$column as u32))?),*
                })
            }

            fn width(set: $crate::db::columns::ColumnSet) -> usize {
                [$(entity::$entity::Column::$column as u32),*].iter().filter(|&&place| set.has(place)).count()
            }
        }
    };
}
pub(crate) use columns;
