//! Pages of an ordered list by keyset: a page begins after the key of a row, not after a number of rows,
//! so that rows coming in between neither repeat nor hide others.
//!
//! An order is a list of columns that together are unique; all rise or all fall. A key is the values of a
//! row in these columns as numbers: integers as they are, days as days since 0001-01-01.

use chrono::{Datelike as _, NaiveDate};
use sea_orm::sea_query::{Expr, ExprTrait as _, Order, SelectStatement, Value};

mod list;
mod rows;

pub use list::{Columns, ListQuery, Owner, PageRequest, count, counts, page, pages};
pub use rows::RowList;

/// The values of a row in the columns of an order.
pub type Key = Vec<i64>;

/// How a column of an order is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An integer.
    Number,
    /// A calendar day.
    Day,
}

/// An order of rows.
#[derive(Clone, Debug)]
pub struct Keyset {
    columns: Vec<(Expr, Kind)>,
    direction: Order,
}

/// Which part of an ordered list is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRange {
    /// At most so many rows.
    pub limit: u64,
    /// The last rows rather than the first.
    pub from_end: bool,
    /// Only rows after the one with this key.
    pub after: Option<Key>,
    /// Only rows before the one with this key.
    pub before: Option<Key>,
}

impl PageRange {
    /// The first rows of a list, at most `limit` of them.
    #[must_use]
    pub fn first(limit: u64) -> Self {
        Self { limit, from_end: false, after: None, before: None }
    }

    /// The rows that follow the one with the key `after`, or the first ones without it; at most `limit` of them.
    #[must_use]
    pub fn following(limit: u64, after: Option<Key>) -> Self {
        Self { after, ..Self::first(limit) }
    }

    /// The last rows of a list, at most `limit` of them.
    #[must_use]
    pub fn last(limit: u64) -> Self {
        Self { from_end: true, ..Self::first(limit) }
    }
}

/// A part of an ordered list, in the order of the list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are rows before them.
    pub has_previous: bool,
    /// Whether there are rows after them.
    pub has_next: bool,
}

/// A day as a number of a [`Key`].
#[must_use]
pub fn day_number(day: NaiveDate) -> i64 {
    day.num_days_from_ce().into()
}

impl Keyset {
    /// The columns, the most significant first, all falling.
    #[must_use]
    pub fn falling(columns: Vec<(Expr, Kind)>) -> Self {
        Self { columns, direction: Order::Desc }
    }

    /// The columns, the most significant first, all rising.
    #[must_use]
    pub fn rising(columns: Vec<(Expr, Kind)>) -> Self {
        Self { columns, direction: Order::Asc }
    }

    /// Whether the largest come first.
    fn is_falling(&self) -> bool {
        matches!(self.direction, Order::Desc)
    }

    /// How many numbers its keys have.
    #[must_use]
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Narrows `statement` to `slice`, one row more than its limit so that [`Keyset::page`] can tell whether
    /// there are further ones.
    pub fn apply(&self, statement: &mut SelectStatement, slice: &PageRange) {
        let reversed = match self.direction {
            Order::Asc => Order::Desc,
            _ => Order::Asc,
        };
        if let Some(key) = &slice.after {
            statement.and_where(self.beyond(key, &self.direction));
        }
        if let Some(key) = &slice.before {
            statement.and_where(self.beyond(key, &reversed));
        }
        let direction = if slice.from_end { &reversed } else { &self.direction };
        for (column, _) in &self.columns {
            statement.order_by_expr(column.clone(), direction.clone());
        }
        statement.limit(slice.limit + 1);
    }

    /// Turns the rows of a query that [`Keyset::apply`] narrowed into a page.
    #[must_use]
    pub fn page<T>(mut rows: Vec<T>, slice: &PageRange) -> Page<T> {
        let limit = usize::try_from(slice.limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        if slice.from_end {
            rows.reverse();
            Page { rows, has_previous: has_more, has_next: slice.before.is_some() }
        } else {
            Page { rows, has_previous: slice.after.is_some(), has_next: has_more }
        }
    }

    /// The rows that come after `key` when walking in `direction`.
    fn beyond(&self, key: &Key, direction: &Order) -> Expr {
        let columns = Expr::tuple(self.columns.iter().map(|(column, _)| column.clone()));
        let values = self.columns.iter().zip(key).map(|((_, kind), &number)| Expr::val(value(*kind, number)));
        let values = Expr::tuple(values);
        if matches!(direction, Order::Asc) { columns.gt(values) } else { columns.lt(values) }
    }
}

fn value(kind: Kind, number: i64) -> Value {
    match kind {
        Kind::Number => number.into(),
        Kind::Day => {
            let day = i32::try_from(number).ok().and_then(NaiveDate::from_num_days_from_ce_opt);
            day.unwrap_or_default().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(from_end: bool, after: bool, before: bool) -> PageRange {
        PageRange { limit: 2, from_end, after: after.then(|| vec![1]), before: before.then(|| vec![9]) }
    }

    #[test]
    fn a_page_tells_what_lies_beyond_it() {
        let page = Keyset::page(vec![1, 2, 3], &slice(false, false, false));
        assert_eq!(
            (page.rows.as_slice(), page.has_previous, page.has_next),
            ([1, 2].as_slice(), false, true)
        );
        let page = Keyset::page(vec![1, 2], &slice(false, true, false));
        assert_eq!(
            (page.rows.as_slice(), page.has_previous, page.has_next),
            ([1, 2].as_slice(), true, false)
        );
        let page = Keyset::page(vec![9, 8, 7], &slice(true, false, true));
        assert_eq!((page.rows.as_slice(), page.has_previous, page.has_next), ([8, 9].as_slice(), true, true));
    }

    #[test]
    fn days_are_numbers_and_back() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 6).unwrap();
        assert_eq!(value(Kind::Day, day_number(day)), Value::from(day));
        assert_eq!(value(Kind::Day, i64::MAX), Value::from(NaiveDate::default()));
    }
}
