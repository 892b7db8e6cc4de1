//! Which columns an answer wants: found in the selection of a field before its rows are read.
//!
//! It may be more than is resolved in the end, never less: what depends on types or on directives counts as wanted.

use async_graphql::Result;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use db::paging::Columns;
use db::{ActiveValue, Joined, Value};

use crate::contract::error::into_graphql;

/// Which columns a field of an object is made of; all of them if that is not known.
pub type ColumnsOf<C> = fn(&Field) -> C;

/// The columns that are wanted of the object that a field answers.
pub fn of_object<C: Columns>(field: &Field, of: ColumnsOf<C>) -> C {
    wanted(&field.selection_set.node, &of)
}

/// The columns that are wanted of the nodes of the connection that a field answers.
pub fn of_nodes<C: Columns>(field: &Field, of: ColumnsOf<C>) -> C {
    let of_edge = |field: &Field| match field.name.node.as_str() {
        "node" => of_object(field, of),
        _ => C::MIN,
    };
    wanted(&field.selection_set.node, &|field| match field.name.node.as_str() {
        "nodes" => of_object(field, of),
        "edges" => wanted(&field.selection_set.node, &of_edge),
        _ => C::MIN,
    })
}

/// The columns that the fields of a selection are made of, each as `of` says.
fn wanted<C: Columns>(set: &SelectionSet, of: &dyn Fn(&Field) -> C) -> C {
    set.items.iter().fold(C::MIN, |all, selection| {
        all.with(match &selection.node {
            Selection::Field(field) => of(&field.node),
            Selection::InlineFragment(fragment) => wanted(&fragment.node.selection_set.node, of),
            // The guard has inlined them.
            Selection::FragmentSpread(_) => C::ALL,
        })
    })
}

/// The value of a column that was read.
///
/// # Errors
/// `INTERNAL`, if [`ColumnsOf`] does not know what the field is made of.
pub fn value<T: Into<Value>>(column: &ActiveValue<T>) -> Result<&T> {
    db::value(column).map_err(|error| into_graphql(error.into()))
}

/// The row that came with another one, if there is one.
///
/// # Errors
/// As [`value`].
pub fn joined<T>(row: &Joined<T>) -> Result<Option<&T>> {
    row.value().map_err(|error| into_graphql(error.into()))
}
