//! Each field once: fragments inlined, equal fields merged.
//!
//! Nothing that validation looks at is lost: a directive of a merged field stays, on a fragment around it; a
//! field that @skip or @include leaves out stays where it was; fields of one name with different arguments
//! stay apart, for validation to refuse. A fragment whose type does not always apply keeps its condition.

use std::collections::HashSet;

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition, InlineFragment,
    OperationDefinition, Selection, SelectionSet, TypeCondition,
};
use async_graphql::{Name, Pos, Positioned, Variables};
use async_graphql_value::{ConstValue, Value};
use std::collections::HashMap;

use super::{SchemaTypes, absent};

type Directives = Vec<Positioned<Directive>>;

/// Rewrites the chosen operation. The document was measured: no fragment is missing or spreads itself.
pub(super) fn collect(
    types: &SchemaTypes,
    document: &mut ExecutableDocument,
    operation_name: Option<&str>,
    variables: &Variables,
) {
    let ExecutableDocument { operations, fragments } = document;
    let others: HashSet<Name> = match operations {
        DocumentOperations::Single(_) => HashSet::new(),
        DocumentOperations::Multiple(all) => {
            let chosen = chosen_name(all, operation_name);
            let others = all.iter().filter(|(name, _)| Some(*name) != chosen.as_ref());
            others.flat_map(|(_, operation)| reached(&operation.node.selection_set.node, fragments)).collect()
        }
    };
    let operation = match operations {
        DocumentOperations::Single(operation) => operation,
        DocumentOperations::Multiple(all) => {
            let Some(operation) = chosen_name(all, operation_name).and_then(|name| all.get_mut(&name)) else {
                return;
            };
            operation
        }
    };
    let used = reached(&operation.node.selection_set.node, fragments);
    rewrite(types, &mut operation.node, fragments, variables);
    absent::drop_absent(&mut operation.node, variables);
    // What is inlined now would count as unused.
    fragments.retain(|name, _| !used.contains(name) || others.contains(name));
}

fn chosen_name(
    all: &HashMap<Name, Positioned<OperationDefinition>>,
    operation_name: Option<&str>,
) -> Option<Name> {
    operation_name.map(Name::new).or_else(|| all.keys().next().filter(|_| all.len() == 1).cloned())
}

/// The fragments that a selection set spreads, directly or through others.
fn reached(set: &SelectionSet, fragments: &HashMap<Name, Positioned<FragmentDefinition>>) -> HashSet<Name> {
    let mut found = HashSet::new();
    let mut open = vec![set];
    while let Some(set) = open.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => open.push(&field.node.selection_set.node),
                Selection::InlineFragment(fragment) => open.push(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if found.insert(name.clone())
                        && let Some(fragment) = fragments.get(name)
                    {
                        open.push(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
    found
}

fn rewrite(
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
}

struct Collecting<'a> {
    types: &'a SchemaTypes,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    values: HashMap<Name, ConstValue>,
}

/// One entry of a collected selection set.
enum Entry {
    Field {
        field: Field,
        pos: Pos,
        around: Vec<Directives>,
    },
    Narrowed {
        condition: Positioned<TypeCondition>,
        items: Vec<Positioned<Selection>>,
        pos: Pos,
        around: Vec<Directives>,
    },
    /// As it was, but for its fragments, which are inlined.
    Kept(Positioned<Selection>),
}

impl Collecting<'_> {
    /// The selections of an object of type `parent`, each field once.
    fn set(&self, parent: Option<&str>, items: Vec<Positioned<Selection>>) -> Vec<Positioned<Selection>> {
        let mut entries = Vec::new();
        self.gather(parent, items, &[], &mut entries);
        entries.into_iter().map(|entry| self.finish(parent, entry)).collect()
    }

    fn gather(
        &self,
        parent: Option<&str>,
        items: Vec<Positioned<Selection>>,
        around: &[Directives],
        entries: &mut Vec<Entry>,
    ) {
        for item in items {
            let pos = item.pos;
            match item.node {
                Selection::Field(field) if self.is_plain(&field.node.directives) => {
                    Self::gather_field(field.node, pos, around, entries);
                }
                Selection::InlineFragment(fragment) if self.is_plain(&fragment.node.directives) => {
                    let InlineFragment { type_condition, directives, selection_set } = fragment.node;
                    self.gather_fragment(
                        parent,
                        type_condition,
                        directives,
                        selection_set.node.items,
                        pos,
                        around,
                        entries,
                    );
                }
                Selection::FragmentSpread(spread) if self.is_plain(&spread.node.directives) => {
                    let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) else {
                        continue;
                    };
                    let FragmentDefinition { type_condition, directives, selection_set } =
                        fragment.node.clone();
                    // Directives of a fragment definition are not executed; validation must see them.
                    let mut all = spread.node.directives;
                    all.extend(directives);
                    let items = selection_set.node.items;
                    self.gather_fragment(parent, Some(type_condition), all, items, pos, around, entries);
                }
                kept => entries.push(Entry::Kept(self.inlined(Positioned::new(kept, pos)))),
            }
        }
    }

    fn gather_field(field: Field, pos: Pos, around: &[Directives], entries: &mut Vec<Entry>) {
        let same = entries.iter_mut().find_map(|entry| match entry {
            Entry::Field { field: known, around, .. } if is_same(known, &field) => Some((known, around)),
            _ => None,
        });
        match same {
            Some((known, known_around)) => {
                known.selection_set.node.items.extend(field.selection_set.node.items);
                if !field.directives.is_empty() {
                    known_around.push(field.directives);
                }
                known_around.extend(around.iter().cloned());
            }
            None => entries.push(Entry::Field { field, pos, around: around.to_vec() }),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a fragment")]
    fn gather_fragment(
        &self,
        parent: Option<&str>,
        condition: Option<Positioned<TypeCondition>>,
        directives: Directives,
        items: Vec<Positioned<Selection>>,
        pos: Pos,
        around: &[Directives],
        entries: &mut Vec<Entry>,
    ) {
        let mut around = around.to_vec();
        if !directives.is_empty() {
            around.push(directives);
        }
        let applies = match (&condition, parent) {
            (None, _) => true,
            (Some(condition), Some(parent)) => {
                self.types.always_applies(parent, condition.node.on.node.as_str())
            }
            (Some(_), None) => false,
        };
        match condition {
            Some(condition) if !applies => {
                let same = entries.iter_mut().find_map(|entry| match entry {
                    Entry::Narrowed { condition: known, items, around, .. }
                        if known.node.on.node == condition.node.on.node =>
                    {
                        Some((items, around))
                    }
                    _ => None,
                });
                match same {
                    Some((known, known_around)) => {
                        known.extend(items);
                        known_around.extend(around);
                    }
                    None => entries.push(Entry::Narrowed { condition, items, pos, around }),
                }
            }
            _ => self.gather(parent, items, &around, entries),
        }
    }

    fn finish(&self, parent: Option<&str>, entry: Entry) -> Positioned<Selection> {
        match entry {
            Entry::Kept(selection) => selection,
            Entry::Field { mut field, pos, around } => {
                let kind = parent.and_then(|parent| self.types.field(parent, field.name.node.as_str()));
                let items = std::mem::take(&mut field.selection_set.node.items);
                field.selection_set.node.items = self.set(kind, items);
                wrap(Positioned::new(Selection::Field(Positioned::new(field, pos)), pos), around)
            }
            Entry::Narrowed { condition, items, pos, around } => {
                let name = condition.node.on.node.to_string();
                let fragment = InlineFragment {
                    type_condition: Some(condition),
                    directives: Vec::new(),
                    selection_set: Positioned::new(SelectionSet { items: self.set(Some(&name), items) }, pos),
                };
                wrap(Positioned::new(Selection::InlineFragment(Positioned::new(fragment, pos)), pos), around)
            }
        }
    }

    /// Whether a selection is included, and bears nothing but @skip and @include once each.
    fn is_plain(&self, directives: &[Positioned<Directive>]) -> bool {
        let mut seen = HashSet::new();
        directives.iter().all(|directive| {
            let name = directive.node.name.node.as_str();
            let wanted = match name {
                "skip" => false,
                "include" => true,
                _ => return false,
            };
            seen.insert(name.to_owned()) && self.condition(&directive.node) == Some(wanted)
        })
    }

    fn condition(&self, directive: &Directive) -> Option<bool> {
        match &directive.get_argument("if")?.node {
            Value::Boolean(is) => Some(*is),
            Value::Variable(name) => match self.values.get(name)? {
                ConstValue::Boolean(is) => Some(*is),
                _ => None,
            },
            _ => None,
        }
    }

    /// A selection that is left as it is, its fragments inlined because their definitions are dropped.
    fn inlined(&self, mut selection: Positioned<Selection>) -> Positioned<Selection> {
        let inline = |set: &mut Positioned<SelectionSet>| {
            let items = std::mem::take(&mut set.node.items);
            set.node.items = items.into_iter().map(|item| self.inlined(item)).collect();
        };
        match &mut selection.node {
            Selection::Field(field) => inline(&mut field.node.selection_set),
            Selection::InlineFragment(fragment) => inline(&mut fragment.node.selection_set),
            Selection::FragmentSpread(spread) => {
                let pos = selection.pos;
                let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) else {
                    return selection;
                };
                let mut directives = std::mem::take(&mut spread.node.directives);
                directives.extend(fragment.node.directives.iter().cloned());
                let mut inner = InlineFragment {
                    type_condition: Some(fragment.node.type_condition.clone()),
                    directives,
                    selection_set: fragment.node.selection_set.clone(),
                };
                inline(&mut inner.selection_set);
                return Positioned::new(Selection::InlineFragment(Positioned::new(inner, pos)), pos);
            }
        }
        selection
    }
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

/// The selection within fragments that bear the directives, which all include it.
fn wrap(selection: Positioned<Selection>, around: Vec<Directives>) -> Positioned<Selection> {
    around.into_iter().fold(selection, |selection, directives| {
        let pos = selection.pos;
        let fragment = InlineFragment {
            type_condition: None,
            directives,
            selection_set: Positioned::new(SelectionSet { items: vec![selection] }, pos),
        };
        Positioned::new(Selection::InlineFragment(Positioned::new(fragment, pos)), pos)
    })
}
