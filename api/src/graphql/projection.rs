//! Which columns an answer wants: found in the selection of a field before its rows are read.
//!
//! It may be more than is resolved in the end, never less: what depends on types or on directives counts as wanted.

use std::ops::BitOr;

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::{Context, Result};
use domain::db::{self, ActiveValue, Joined, Value};
use domain::paging::Columns;

use super::error::convert;

/// Which columns a field of an object is made of.
pub type ColumnsOf<C> = fn(&Field) -> C;

/// The columns that are wanted of the object that a field answers: `none`, and those of its fields.
pub fn of_object<C>(ctx: &Context<'_>, none: C, of: ColumnsOf<C>) -> C
where
    C: Columns + BitOr<Output = C>,
{
    wanted(&ctx.item.node.selection_set.node, none, &of)
}

/// The columns that are wanted of the nodes of the connection that a field answers.
pub fn of_nodes<C>(ctx: &Context<'_>, none: C, of: ColumnsOf<C>) -> C
where
    C: Columns + BitOr<Output = C>,
{
    let of_node = |field: &Field| wanted(&field.selection_set.node, none, &of);
    let of_edge = |field: &Field| match field.name.node.as_str() {
        "node" => of_node(field),
        _ => none,
    };
    wanted(&ctx.item.node.selection_set.node, none, &|field| match field.name.node.as_str() {
        "nodes" => of_node(field),
        "edges" => wanted(&field.selection_set.node, none, &of_edge),
        _ => none,
    })
}

/// The columns that the fields of a selection are made of, each as `of` says.
fn wanted<C>(set: &SelectionSet, none: C, of: &dyn Fn(&Field) -> C) -> C
where
    C: Columns + BitOr<Output = C>,
{
    set.items.iter().fold(none, |all, selection| {
        all | match &selection.node {
            Selection::Field(field) => of(&field.node),
            Selection::InlineFragment(fragment) => wanted(&fragment.node.selection_set.node, none, of),
            // The guard has inlined them.
            Selection::FragmentSpread(_) => C::ALL,
        }
    })
}

/// The names of the fields that a field selects, one level deep.
#[must_use]
pub fn names(field: &Field) -> Vec<&str> {
    fn gather<'a>(set: &'a SelectionSet, names: &mut Vec<&'a str>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => names.push(field.node.name.node.as_str()),
                Selection::InlineFragment(fragment) => gather(&fragment.node.selection_set.node, names),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    let mut names = Vec::new();
    gather(&field.selection_set.node, &mut names);
    names
}

/// The value of a column that was read.
///
/// # Errors
/// `INTERNAL`, where [`ColumnsOf`] does not know what the field is made of.
pub fn value<T: Into<Value>>(column: &ActiveValue<T>) -> Result<&T> {
    db::value(column).map_err(|error| convert(error.into()))
}

/// The row that came with another one, if there is one.
///
/// # Errors
/// As [`value`].
pub fn joined<T>(row: &Joined<T>) -> Result<Option<&T>> {
    row.value().map_err(|error| convert(error.into()))
}
