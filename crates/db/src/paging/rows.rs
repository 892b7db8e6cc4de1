//! Lists of the rows of one table, in the order in which they were made.

use std::fmt;
use std::hash::{Hash, Hasher};

use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ColumnTrait as _, DbErr, EntityTrait, FromQueryResult as _, QueryResult, QueryTrait as _, Select,
};

use super::{Key, Keyset, Kind, ListQuery};

/// The rows of one table. Its name tells it from all other lists.
#[derive(Clone)]
pub struct RowList<E: EntityTrait> {
    name: String,
    rows: Select<E>,
    keyset: Keyset,
    id: fn(&E::Model) -> i64,
}

impl<E: EntityTrait> RowList<E> {
    /// The rows of `rows`, the oldest first; `column` holds their ids, and so says `id`.
    #[must_use]
    pub fn oldest_first(name: String, rows: Select<E>, column: E::Column, id: fn(&E::Model) -> i64) -> Self {
        let keyset = Keyset::rising(vec![(column.into_expr(), Kind::Number)]);
        Self { name, rows, keyset, id }
    }

    /// The rows of `rows`, the latest first.
    #[must_use]
    pub fn latest_first(name: String, rows: Select<E>, column: E::Column, id: fn(&E::Model) -> i64) -> Self {
        let keyset = Keyset::falling(vec![(column.into_expr(), Kind::Number)]);
        Self { name, rows, keyset, id }
    }
}

impl<E: EntityTrait> fmt::Debug for RowList<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

impl<E: EntityTrait> PartialEq for RowList<E> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl<E: EntityTrait> Eq for RowList<E> {}

impl<E: EntityTrait> Hash for RowList<E> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.name.hash(hasher);
    }
}

impl<E> ListQuery for RowList<E>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    type Row = E::Model;
    type Columns = ();

    fn rows(&self, (): ()) -> SelectStatement {
        self.rows.clone().into_query()
    }

    fn keyset(&self) -> Keyset {
        self.keyset.clone()
    }

    fn key(&self, row: &E::Model) -> Result<Key, DbErr> {
        Ok(vec![(self.id)(row)])
    }

    fn read(row: &QueryResult, (): ()) -> Result<E::Model, DbErr> {
        E::Model::from_query_result(row, "")
    }
}
