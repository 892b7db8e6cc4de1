//! The data of an answer as the specification has it.
//!
//! async-graphql 7.2.1 leaves out fields that failed, and orders fields by when they were ready. The
//! specification wants null for a field that failed, or for the nearest field above it that may be null
//! (section 6.4.4), and the order of the document (section 7.2.2). Both follow from the operation, the schema
//! and the paths of the errors. Fields under different
//! type conditions keep the order of the whole document: which of the types an object is does not stand in the data.

use std::collections::HashSet;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, OperationDefinition, Selection, SelectionSet, Type};
use async_graphql::{Name, PathSegment, ServerError, Value};

use crate::guard::{PLACEHOLDER_KEY, SchemaTypes};

/// A field that may not be null has no value.
struct Missing;

/// A step from the root of the answer to a value in it.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Step {
    Field(String),
    Index(usize),
}

/// A response key, as all selections of it together ask.
struct Asked<'a> {
    /// The type that the field is of, if it is known.
    parent: Option<&'a str>,
    name: &'a str,
    sets: Vec<&'a SelectionSet>,
}

struct Completing<'a> {
    types: &'a SchemaTypes,
    /// The paths of errors, and every path above one.
    failed: HashSet<Vec<Step>>,
}

/// The data in the order of the document, nulls if they belong.
pub(crate) fn complete(
    types: &SchemaTypes,
    operation: &OperationDefinition,
    mut data: Value,
    errors: &[ServerError],
) -> Value {
    if errors.is_empty() {
        order(&mut data, &[&operation.selection_set.node]);
        return data;
    }
    let mut failed = HashSet::new();
    for error in errors {
        let steps: Vec<Step> = error.path.iter().map(Step::from).collect();
        failed.extend((1..=steps.len()).map(|length| steps[..length].to_vec()));
    }
    let map = match data {
        Value::Object(map) => map,
        _ => IndexMap::new(),
    };
    let root = SchemaTypes::root(operation.ty);
    let sets = [&operation.selection_set.node];
    Completing { types, failed }.object(Some(root), &sets, map, &mut Vec::new()).unwrap_or(Value::Null)
}

/// Puts the fields of data without errors into the order of the document. Most are: those are left as they are.
fn order(value: &mut Value, sets: &[&SelectionSet]) {
    match value {
        Value::List(items) => items.iter_mut().for_each(|item| order(item, sets)),
        Value::Object(map) => {
            if let [set] = sets
                && is_ordered(map, set)
            {
                for (value, selection) in map.values_mut().zip(&set.items) {
                    if let Selection::Field(field) = &selection.node {
                        order(value, &[&field.node.selection_set.node]);
                    }
                }
                return;
            }
            let mut ordered = IndexMap::with_capacity(map.len());
            for (key, asked) in asked(None, sets) {
                // One that is not there is of another type, or is skipped.
                if let Some(mut value) = map.swap_remove(key) {
                    order(&mut value, &asked.sets);
                    ordered.insert(key.clone(), value);
                }
            }
            *map = ordered;
        }
        _ => {}
    }
}

fn is_ordered(map: &IndexMap<Name, Value>, set: &SelectionSet) -> bool {
    map.len() == set.items.len()
        && map.keys().zip(&set.items).all(|(key, selection)| match &selection.node {
            Selection::Field(field) => {
                field.node.response_key().node == *key && key.as_str() != PLACEHOLDER_KEY
            }
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
        })
}

impl Completing<'_> {
    fn object(
        &self,
        parent: Option<&str>,
        sets: &[&SelectionSet],
        mut map: IndexMap<Name, Value>,
        path: &mut Vec<Step>,
    ) -> Result<Value, Missing> {
        let mut ordered = IndexMap::with_capacity(map.len());
        for (key, asked) in asked(parent, sets) {
            let value = map.swap_remove(key);
            path.push(Step::Field(key.to_string()));
            // Not there and not failed: a field of another type, or one that is skipped.
            let completed = if value.is_some() || self.failed.contains(path.as_slice()) {
                let kind = asked.parent.and_then(|parent| self.types.field_type(parent, asked.name));
                Some(self.value(kind, &asked.sets, value.unwrap_or_default(), path))
            } else {
                None
            };
            path.pop();
            if let Some(completed) = completed {
                ordered.insert(key.clone(), completed?);
            }
        }
        Ok(Value::Object(ordered))
    }

    /// A value of a type; null if it has none and may be null.
    fn value(
        &self,
        kind: Option<&Type>,
        sets: &[&SelectionSet],
        value: Value,
        path: &mut Vec<Step>,
    ) -> Result<Value, Missing> {
        let base = kind.map(|kind| &kind.base);
        let is_failed = self.failed.contains(path.as_slice());
        let completed = match value {
            Value::List(items) => self.list(base, sets, items, path),
            Value::Object(map) => self.object(named(base), sets, map, path),
            // An object whose every field failed comes as null.
            Value::Null if is_failed && named(base).is_some() && self.has_failed_field(sets, path) => {
                self.object(named(base), sets, IndexMap::new(), path)
            }
            Value::Null if is_failed => Err(Missing),
            value => Ok(value),
        };
        match completed {
            Err(Missing) if kind.is_none_or(|kind| kind.nullable) => Ok(Value::Null),
            completed => completed,
        }
    }

    fn list(
        &self,
        base: Option<&BaseType>,
        sets: &[&SelectionSet],
        items: Vec<Value>,
        path: &mut Vec<Step>,
    ) -> Result<Value, Missing> {
        let kind = match base {
            Some(BaseType::List(inner)) => Some(inner.as_ref()),
            _ => None,
        };
        let mut completed = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            path.push(Step::Index(index));
            let item = self.value(kind, sets, item, path);
            path.pop();
            completed.push(item?);
        }
        Ok(Value::List(completed))
    }

    fn has_failed_field(&self, sets: &[&SelectionSet], path: &mut Vec<Step>) -> bool {
        asked(None, sets).keys().any(|key| {
            path.push(Step::Field(key.to_string()));
            let has_failed = self.failed.contains(path.as_slice());
            path.pop();
            has_failed
        })
    }
}

impl From<&PathSegment> for Step {
    fn from(segment: &PathSegment) -> Self {
        match segment {
            PathSegment::Field(key) => Step::Field(key.clone()),
            PathSegment::Index(index) => Step::Index(*index),
        }
    }
}

fn named(base: Option<&BaseType>) -> Option<&str> {
    match base {
        Some(BaseType::Named(name)) => Some(name.as_str()),
        _ => None,
    }
}

/// The response keys that the sets ask for, in the order of the document.
fn asked<'a>(parent: Option<&'a str>, sets: &[&'a SelectionSet]) -> IndexMap<&'a Name, Asked<'a>> {
    let mut fields = IndexMap::new();
    for set in sets {
        gather(parent, set, &mut fields);
    }
    fields
}

/// The guard has inlined all fragment spreads.
fn gather<'a>(parent: Option<&'a str>, set: &'a SelectionSet, fields: &mut IndexMap<&'a Name, Asked<'a>>) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) if field.node.response_key().node.as_str() == PLACEHOLDER_KEY => {}
            Selection::Field(field) => {
                let field = &field.node;
                fields
                    .entry(&field.response_key().node)
                    .or_insert_with(|| Asked { parent, name: field.name.node.as_str(), sets: Vec::new() })
                    .sets
                    .push(&field.selection_set.node);
            }
            Selection::InlineFragment(fragment) => {
                let condition = fragment.node.type_condition.as_ref();
                let of = condition.map(|condition| condition.node.on.node.as_str()).or(parent);
                gather(of, &fragment.node.selection_set.node, fields);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}
