//! Ordered lists, and parts of many of them in one statement.
//!
//! Each object of an answer may have a list of its own: the papers of a page their comments, those of an
//! archive their papers. Their parts are read together, so that the statements of an operation do not grow
//! with its pages.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

use sea_orm::sea_query::{Alias, Asterisk, Condition, Expr, JoinType, Query, SelectStatement, UnionType};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult};

use crate::error::Result;

use super::{Key, Keyset, Page, PageRange};

/// Above this, a list is not counted.
const MAX_COUNTED: u64 = 10_000;

/// Lists whose parts are read in one statement. SQLite joins 500 selections at most.
const MAX_LISTS_PER_STATEMENT: usize = 100;

/// The column that says which list a row is of.
const LIST_COLUMN: &str = "list";

/// A list of rows in an order. Equal lists have the same rows; what tells a list from others shows in its `Debug`,
/// which marks its cursors.
pub trait ListQuery: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// What it is a list of.
    type Row: Clone + Send + Sync + 'static;

    /// Which columns of its rows are read: `()` if all of them always are.
    type Columns: Columns;

    /// These columns, and those that its keys consist of.
    fn columns(&self, columns: Self::Columns) -> Self::Columns {
        columns
    }

    /// Its rows, all of them, with the columns of the keyset in reach.
    fn rows(&self, columns: Self::Columns) -> SelectStatement;

    /// The row that it belongs to, if lists of its kind differ in nothing else.
    fn owner(&self) -> Option<Owner> {
        None
    }

    /// What [`ListQuery::rows`] would be, did the list belong to the row with the id `owner`.
    fn rows_of(&self, _owner: Expr, columns: Self::Columns) -> SelectStatement {
        self.rows(columns)
    }

    /// The rows that are counted.
    fn counted(&self) -> SelectStatement {
        self.rows(self.columns(Self::Columns::MIN))
    }

    /// The columns that its keys consist of.
    fn keyset(&self) -> Keyset;

    /// The key of one of its rows.
    ///
    /// # Errors
    /// If a column of it was not read.
    fn key(&self, row: &Self::Row) -> Result<Key, DbErr>;

    /// A row of what [`ListQuery::rows`] selects.
    ///
    /// # Errors
    /// If it holds something else.
    fn read(row: &QueryResult, columns: Self::Columns) -> Result<Self::Row, DbErr>;
}

/// Which columns of the rows of a list are read.
pub trait Columns: Copy + Debug + Eq + Hash + Send + Sync + 'static {
    /// All of them.
    const ALL: Self;

    /// Those that are always read.
    const MIN: Self;

    /// These and the others.
    #[must_use]
    fn with(self, other: Self) -> Self;
}

impl Columns for () {
    const ALL: Self = ();
    const MIN: Self = ();

    fn with(self, (): ()) -> Self {}
}

/// The row that a list belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// What the list is to it: the same for lists that differ in the row alone.
    pub kind: &'static str,
    /// Its id.
    pub id: i64,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest<L: ListQuery> {
    list: L,
    slice: PageRange,
    columns: L::Columns,
}

impl<L: ListQuery> PageRequest<L> {
    /// A part of a list, of which these columns are read, and those that its keys consist of.
    #[must_use]
    pub fn new(list: L, slice: PageRange, columns: L::Columns) -> Self {
        Self { columns: list.columns(columns), list, slice }
    }
}

/// A part of a list.
///
/// # Errors
/// If the database fails.
pub async fn page<L: ListQuery>(
    connection: &impl ConnectionTrait,
    part: &PageRequest<L>,
) -> Result<Page<L::Row>> {
    let found = connection.query_all(&narrowed(part.list.rows(part.columns), part)).await?;
    // With room for all: collecting results begins with room for a few, and copies large rows whenever it grows.
    let mut rows = Vec::with_capacity(found.len());
    for row in &found {
        rows.push(L::read(row, part.columns)?);
    }
    Ok(Keyset::page(rows, &part.slice))
}

/// Parts of lists, in the order in which they were asked for.
///
/// # Errors
/// If the database fails.
pub async fn pages<L: ListQuery>(
    connection: &impl ConnectionTrait,
    parts: &[PageRequest<L>],
) -> Result<Vec<Page<L::Row>>> {
    let mut pages = Vec::with_capacity(parts.len());
    for parts in parts.chunks(MAX_LISTS_PER_STATEMENT) {
        pages.extend(together(connection, parts).await?);
    }
    Ok(pages)
}

/// Parts of lists in one statement. What one of them wants is read of all: rows of one statement have the same columns.
async fn together<L: ListQuery>(
    connection: &impl ConnectionTrait,
    parts: &[PageRequest<L>],
) -> Result<Vec<Page<L::Row>>> {
    if let [part] = parts {
        return Ok(vec![page(connection, part).await?]);
    }
    let columns = parts.iter().fold(L::Columns::MIN, |all, part| all.with(part.columns));
    let (statement, marks) = gathered(connection.get_database_backend(), parts, columns);
    let places: HashMap<i64, usize> = marks.into_iter().zip(0..).collect();
    let mut rows: Vec<Vec<(Key, L::Row)>> = parts.iter().map(|_| Vec::new()).collect();
    for row in connection.query_all(&statement).await? {
        let place = places.get(&row.try_get::<i64>("", LIST_COLUMN)?).copied();
        let found = place.and_then(|place| Some((parts.get(place)?, rows.get_mut(place)?)));
        if let Some((part, rows)) = found {
            let row = L::read(&row, columns)?;
            rows.push((part.list.key(&row)?, row));
        }
    }
    let pages = parts.iter().zip(rows).map(|(part, mut rows)| {
        // Rows of one selection come in its order everywhere, but nothing says that they must.
        let is_falling = part.list.keyset().is_falling() != part.slice.from_end;
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        if is_falling {
            rows.reverse();
        }
        Keyset::page(rows.into_iter().map(|(_, row)| row).collect(), &part.slice)
    });
    Ok(pages.collect())
}

/// The number of rows of a list; `None` above 10,000: counting more would be too expensive.
///
/// # Errors
/// If the database fails.
pub async fn count<L: ListQuery>(connection: &impl ConnectionTrait, list: &L) -> Result<Option<u64>> {
    Ok(counts(connection, std::slice::from_ref(list)).await?.pop().flatten())
}

/// As [`count`], of several lists.
///
/// # Errors
/// If the database fails.
pub async fn counts<L: ListQuery>(
    connection: &impl ConnectionTrait,
    lists: &[L],
) -> Result<Vec<Option<u64>>> {
    let mut counts = Vec::with_capacity(lists.len());
    for lists in lists.chunks(MAX_LISTS_PER_STATEMENT) {
        let statement = united(lists.iter().map(|list| {
            let mut rows = list.counted();
            rows.clear_selects().expr(Expr::val(1)).clear_order_by().limit(MAX_COUNTED + 1);
            Query::select()
                .expr_as(Expr::cust("COUNT(*)"), "number")
                .from_subquery(rows, "counted")
                .to_owned()
        }));
        let mut found = vec![None; lists.len()];
        for row in connection.query_all(&statement).await? {
            let number = row.try_get::<i64>("", "number")?;
            let place = usize::try_from(row.try_get::<i64>("", LIST_COLUMN)?).unwrap_or(usize::MAX);
            if let Some(found) = found.get_mut(place) {
                *found = u64::try_from(number).ok().filter(|&number| number <= MAX_COUNTED);
            }
        }
        counts.extend(found);
    }
    Ok(counts)
}

/// The rows of all parts, each with a mark, and the marks of the parts.
fn gathered<L: ListQuery>(
    backend: DbBackend,
    parts: &[PageRequest<L>],
    columns: L::Columns,
) -> (SelectStatement, Vec<i64>) {
    if let (DbBackend::Postgres, [part, ..], Some(owners)) = (backend, parts, owners(parts)) {
        return (beside(&owners, part, columns), owners);
    }
    let selections = parts.iter().map(|part| narrowed(part.list.rows(columns), part));
    (united(selections), (0..).zip(parts).map(|(place, _)| place).collect())
}

fn narrowed<L: ListQuery>(mut rows: SelectStatement, part: &PageRequest<L>) -> SelectStatement {
    part.list.keyset().apply(&mut rows, &part.slice);
    rows
}

/// The ids of the rows that the lists belong to, if the parts differ in nothing else.
fn owners<L: ListQuery>(parts: &[PageRequest<L>]) -> Option<Vec<i64>> {
    let (first, kind) = parts.first().and_then(|part| Some((part, part.list.owner()?.kind)))?;
    let id = |part: &PageRequest<L>| {
        part.list
            .owner()
            .filter(|owner| owner.kind == kind && part.slice == first.slice)
            .map(|owner| owner.id)
    };
    parts.iter().map(id).collect()
}

/// The rows of lists that differ in their owners alone, each with the id of its owner. Postgres plans this once, a
/// union of as many selections each time anew.
fn beside<L: ListQuery>(owners: &[i64], part: &PageRequest<L>, columns: L::Columns) -> SelectStatement {
    let (owner, name) = (Alias::new("owner"), Alias::new("part"));
    let id = || Expr::col((owner.clone(), Alias::new("column1")));
    Query::select()
        .expr(Expr::col((name.clone(), Asterisk)))
        .expr_as(id(), LIST_COLUMN)
        .from_values(owners.iter().copied(), owner.clone())
        .join_lateral(
            JoinType::InnerJoin,
            narrowed(part.list.rows_of(id(), columns), part),
            name,
            Condition::all().add(Expr::val(true)),
        )
        .to_owned()
}

/// The rows of all selections, each with the place of its selection.
fn united(selections: impl Iterator<Item = SelectStatement>) -> SelectStatement {
    let part = Alias::new("part");
    let mut all: Option<SelectStatement> = None;
    for (selection, place) in selections.zip(0_i64..) {
        let numbered = Query::select()
            .expr(Expr::col((part.clone(), Asterisk)))
            .expr_as(Expr::val(place), LIST_COLUMN)
            .from_subquery(selection, part.clone())
            .to_owned();
        match &mut all {
            Some(all) => {
                all.union(UnionType::All, numbered);
            }
            None => all = Some(numbered),
        }
    }
    all.unwrap_or_default()
}
