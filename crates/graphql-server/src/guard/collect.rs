//! Each field once: fragments inlined, equal fields merged, and what is left out taken out.
//!
//! The document is valid: @skip and @include are known to be the only directives, with values that are Booleans, and
//! fields of one name to ask for the same. So nothing but what is executed is left. A fragment whose type does not always
//! apply keeps its condition; one whose type never does is dropped, as the specification has it (section 6.3.2,
//! `CollectFields`).
//!
//! Always: an object of which nothing is asked, or nothing without a condition, is asked for its type under [`PLACEHOLDER_KEY`],
//! so that it is answered as an object without fields. [`crate::execution::complete`] leaves that out.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, Field, FragmentDefinition, InlineFragment, OperationDefinition, OperationType, Selection,
    SelectionSet, TypeCondition,
};
use async_graphql::{Name, Pos, Positioned, Variables};
use async_graphql_value::{ConstValue, Value};

use crate::guard::SchemaTypes;

/// A key under which nobody can ask for anything.
pub(crate) const PLACEHOLDER_KEY: &str = "";

/// Rewrites an operation. The document was measured: no fragment is missing or spreads itself.
pub(crate) fn collect(
    types: &SchemaTypes,
    operation: &mut OperationDefinition,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    variables: &Variables,
) {
    let mut values: HashMap<Name, ConstValue> = HashMap::new();
    for definition in &operation.variable_definitions {
        let name = definition.node.name.node.clone();
        let given = variables.get(&name).cloned();
        let value = given.or_else(|| definition.node.default_value.as_ref().map(|value| value.node.clone()));
        values.extend(value.map(|value| (name, value)));
    }
    let collecting = Collecting { types, fragments, values };
    let items = std::mem::take(&mut operation.selection_set.node.items);
    operation.selection_set.node.items = collecting.set(Some(SchemaTypes::root(operation.ty)), items);
    // An event is one field, or it is refused.
    if operation.ty != OperationType::Subscription {
        fill(&mut operation.selection_set.node.items);
    }
}

struct Collecting<'a> {
    types: &'a SchemaTypes,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    values: HashMap<Name, ConstValue>,
}

/// One entry of a collected selection set.
enum Entry {
    Field { field: Field, pos: Pos },
    Narrowed { condition: Positioned<TypeCondition>, items: Vec<Positioned<Selection>>, pos: Pos },
}

impl Collecting<'_> {
    /// The selections of an object of type `parent`, each field once.
    fn set(&self, parent: Option<&str>, items: Vec<Positioned<Selection>>) -> Vec<Positioned<Selection>> {
        let mut entries = Vec::new();
        self.gather(parent, items, &mut entries);
        entries.into_iter().filter_map(|entry| self.finish(parent, entry)).collect()
    }

    fn gather(&self, parent: Option<&str>, items: Vec<Positioned<Selection>>, entries: &mut Vec<Entry>) {
        for item in items {
            let pos = item.pos;
            match item.node {
                Selection::Field(field) if self.is_included(&field.node.directives) => {
                    gather_field(field.node, pos, entries);
                }
                Selection::InlineFragment(fragment) if self.is_included(&fragment.node.directives) => {
                    let InlineFragment { type_condition, selection_set, .. } = fragment.node;
                    self.gather_fragment(parent, type_condition, selection_set.node.items, pos, entries);
                }
                Selection::FragmentSpread(spread) if self.is_included(&spread.node.directives) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) {
                        let FragmentDefinition { type_condition, selection_set, .. } = fragment.node.clone();
                        let items = selection_set.node.items;
                        self.gather_fragment(parent, Some(type_condition), items, pos, entries);
                    }
                }
                _ => {}
            }
        }
    }

    fn gather_fragment(
        &self,
        parent: Option<&str>,
        condition: Option<Positioned<TypeCondition>>,
        items: Vec<Positioned<Selection>>,
        pos: Pos,
        entries: &mut Vec<Entry>,
    ) {
        let Some(condition) = condition.filter(|condition| {
            let on = condition.node.on.node.as_str();
            !parent.is_some_and(|parent| self.types.always_applies(parent, on))
        }) else {
            return self.gather(parent, items, entries);
        };
        if parent.is_some_and(|parent| self.types.is_object(parent)) {
            return;
        }
        let same = entries.iter_mut().find_map(|entry| match entry {
            Entry::Narrowed { condition: known, items, .. }
                if known.node.on.node == condition.node.on.node =>
            {
                Some(items)
            }
            _ => None,
        });
        match same {
            Some(known) => known.extend(items),
            None => entries.push(Entry::Narrowed { condition, items, pos }),
        }
    }

    /// The selection that is left; `None` if nothing is.
    fn finish(&self, parent: Option<&str>, entry: Entry) -> Option<Positioned<Selection>> {
        let (selection, pos) = match entry {
            Entry::Field { mut field, pos } => {
                let items = std::mem::take(&mut field.selection_set.node.items);
                if !items.is_empty() {
                    let kind = parent.and_then(|parent| self.types.field(parent, field.name.node.as_str()));
                    field.selection_set.node.items = self.set(kind, items);
                    fill(&mut field.selection_set.node.items);
                }
                (Selection::Field(Positioned::new(field, pos)), pos)
            }
            Entry::Narrowed { condition, items, pos } => {
                let items = self.set(Some(condition.node.on.node.as_str()), items);
                if items.is_empty() {
                    return None;
                }
                let fragment = InlineFragment {
                    type_condition: Some(condition),
                    directives: Vec::new(),
                    selection_set: Positioned::new(SelectionSet { items }, pos),
                };
                (Selection::InlineFragment(Positioned::new(fragment, pos)), pos)
            }
        };
        Some(Positioned::new(selection, pos))
    }

    fn is_included(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|directive| match directive.node.name.node.as_str() {
            "skip" => !self.condition(&directive.node),
            "include" => self.condition(&directive.node),
            _ => true,
        })
    }

    fn condition(&self, directive: &Directive) -> bool {
        match directive.get_argument("if").map(|value| &value.node) {
            Some(Value::Boolean(is)) => *is,
            Some(Value::Variable(name)) => self.values.get(name) == Some(&ConstValue::Boolean(true)),
            _ => false,
        }
    }
}

fn gather_field(mut field: Field, pos: Pos, entries: &mut Vec<Entry>) {
    field.directives.clear();
    let same = entries.iter_mut().find_map(|entry| match entry {
        Entry::Field { field: known, .. } if is_same(known, &field) => Some(known),
        _ => None,
    });
    match same {
        Some(known) => known.selection_set.node.items.extend(field.selection_set.node.items),
        None => entries.push(Entry::Field { field, pos }),
    }
}

/// Asks for a type if no field is asked for.
fn fill(items: &mut Vec<Positioned<Selection>>) {
    if items.iter().any(|item| matches!(item.node, Selection::Field(_))) {
        return;
    }
    let at = |name: &str| Positioned::new(Name::new(name), Pos::default());
    let field = Field {
        alias: Some(at(PLACEHOLDER_KEY)),
        name: at("__typename"),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::default(),
    };
    let field = Selection::Field(Positioned::new(field, Pos::default()));
    items.push(Positioned::new(field, Pos::default()));
}

/// Two fields that answer under one key with one value.
fn is_same(a: &Field, b: &Field) -> bool {
    a.response_key().node == b.response_key().node
        && a.name.node == b.name.node
        && a.arguments.len() == b.arguments.len()
        && a.arguments.iter().all(|(name, value)| {
            b.arguments.iter().any(|(other, given)| other.node == name.node && given.node == value.node)
        })
}
