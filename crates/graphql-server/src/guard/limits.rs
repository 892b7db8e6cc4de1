//! How much a document is, its fragments expanded, without expanding them.
//!
//! Every fragment is measured once; what uses it adds its measure. So the work is linear in the document,
//! whatever it would expand to.

use std::collections::HashMap;

use async_graphql::parser::types::{Directive, ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;

use crate::guard::Refusal;

/// The maximum size of a document, in bytes.
pub(super) const MAX_DOCUMENT: usize = 16 * 1024;

/// Selections of an operation, fragments expanded.
const MAX_SELECTIONS: u64 = 2_000;

/// Fields within fields. The introspection query of common tools is 13 to 15 deep.
const MAX_DEPTH: u64 = 15;

/// Aliases of an operation, fragments expanded.
const MAX_ALIASES: u64 = 30;

/// Directives of a document.
const MAX_DIRECTIVES: usize = 50;

/// Fields at the root of an operation, fragments expanded.
const MAX_ROOT_FIELDS: u64 = 20;

/// Lists of types and of their members within each other, in what is asked of the schema. It leads in circles, and
/// each round is as many times as much. The introspection query of common tools has two: fields of types.
const MAX_SCHEMA_LISTS: u64 = 2;

/// Lists and objects within each other in an argument.
const MAX_VALUE_DEPTH: usize = 16;

#[derive(Clone, Copy, Debug, Default)]
struct Measure {
    selections: u64,
    aliases: u64,
    depth: u64,
    /// Fields at the top.
    fields: u64,
    /// Fields within each other that are named as the lists of the schema are.
    schema_lists: u64,
}

impl Measure {
    fn add(&mut self, other: Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.fields = self.fields.saturating_add(other.fields);
        self.depth = self.depth.max(other.depth);
        self.schema_lists = self.schema_lists.max(other.schema_lists);
    }
}

struct Measuring<'a> {
    document: &'a ExecutableDocument,
    /// `None` while the fragment is being measured.
    fragments: HashMap<Name, Option<Measure>>,
    directives: usize,
}

/// Refuses documents that are too large, spread fragments in a circle, or spread one that is not there.
///
/// # Errors
/// Why it is refused.
pub(super) fn check_limits(document: &ExecutableDocument) -> Result<(), Refusal> {
    let mut measuring = Measuring { document, fragments: HashMap::new(), directives: 0 };
    for (_, operation) in document.operations.iter() {
        measuring.directives(&operation.node.directives)?;
        for definition in &operation.node.variable_definitions {
            measuring.directives(&definition.node.directives)?;
            if let Some(default) = &definition.node.default_value {
                check(&default.node.clone().into_value(), 0)?;
            }
        }
        let measure = measuring.set(&operation.node.selection_set.node)?;
        let checks = [
            (measure.selections, MAX_SELECTIONS, "selections, its fragments expanded"),
            (measure.depth, MAX_DEPTH, "levels of fields"),
            (measure.aliases, MAX_ALIASES, "aliases, its fragments expanded"),
            (measure.fields, MAX_ROOT_FIELDS, "fields at its root"),
        ];
        for (found, limit, what) in checks {
            if found > limit {
                return Err(Refusal::TooComplex(format!("The operation has more than {limit} {what}.")));
            }
        }
    }
    for name in document.fragments.keys() {
        measuring.fragment(name)?;
    }
    Ok(())
}

impl Measuring<'_> {
    fn set(&mut self, set: &SelectionSet) -> Result<Measure, Refusal> {
        let mut sum = Measure::default();
        for selection in &set.items {
            let part = match &selection.node {
                Selection::Field(field) => self.field(&field.node)?,
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.node.directives)?;
                    self.fragment(&spread.node.fragment_name.node)?
                }
                Selection::InlineFragment(fragment) => {
                    self.directives(&fragment.node.directives)?;
                    self.set(&fragment.node.selection_set.node)?
                }
            };
            sum.add(part);
            sum.selections = sum.selections.saturating_add(1);
        }
        Ok(sum)
    }

    fn field(&mut self, field: &Field) -> Result<Measure, Refusal> {
        self.directives(&field.directives)?;
        for (_, value) in &field.arguments {
            check(&value.node, 0)?;
        }
        let inner = self.set(&field.selection_set.node)?;
        let name = field.name.node.as_str();
        let is_schema = matches!(name, "__schema" | "__type");
        if is_schema && inner.schema_lists > MAX_SCHEMA_LISTS {
            return Err(Refusal::TooComplex(format!(
                "Lists of types or their members can be nested at most {MAX_SCHEMA_LISTS} deep in a query of the schema."
            )));
        }
        let is_schema_list =
            matches!(name, "types" | "fields" | "inputFields" | "interfaces" | "possibleTypes");
        Ok(Measure {
            selections: inner.selections,
            aliases: inner.aliases.saturating_add(u64::from(field.alias.is_some())),
            depth: inner.depth.saturating_add(1),
            fields: 1,
            schema_lists: inner.schema_lists.saturating_add(u64::from(is_schema_list)),
        })
    }

    fn fragment(&mut self, name: &Name) -> Result<Measure, Refusal> {
        match self.fragments.get(name) {
            Some(Some(measure)) => return Ok(*measure),
            Some(None) => return Err(Refusal::Invalid(format!("Fragment {name} spreads itself."))),
            None => {}
        }
        let document = self.document;
        let Some(fragment) = document.fragments.get(name) else {
            return Err(Refusal::Invalid(format!("There is no fragment {name}.")));
        };
        self.fragments.insert(name.clone(), None);
        self.directives(&fragment.node.directives)?;
        let measure = self.set(&fragment.node.selection_set.node)?;
        self.fragments.insert(name.clone(), Some(measure));
        Ok(measure)
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) -> Result<(), Refusal> {
        self.directives += directives.len();
        if self.directives > MAX_DIRECTIVES {
            return Err(Refusal::TooComplex(format!(
                "The document has more than {MAX_DIRECTIVES} directives."
            )));
        }
        for directive in directives {
            // The executor looks at those of fields, but not of __typename.
            let name = directive.node.name.node.as_str();
            if !matches!(name, "skip" | "include") {
                return Err(Refusal::Invalid(format!("There is no directive @{name}.")));
            }
            for (_, value) in &directive.node.arguments {
                check(&value.node, 0)?;
            }
        }
        Ok(())
    }
}

/// Refuses arguments that are nested too deeply or hold a NUL character, which Postgres takes in no text.
fn check(value: &Value, depth: usize) -> Result<(), Refusal> {
    if depth > MAX_VALUE_DEPTH {
        return Err(Refusal::TooComplex(format!(
            "An argument can be nested at most {MAX_VALUE_DEPTH} deep."
        )));
    }
    match value {
        Value::String(text) if text.contains('\0') => {
            Err(Refusal::Invalid("An argument contains a NUL character.".to_owned()))
        }
        Value::List(values) => values.iter().try_for_each(|value| check(value, depth + 1)),
        Value::Object(fields) => fields.values().try_for_each(|value| check(value, depth + 1)),
        _ => Ok(()),
    }
}
