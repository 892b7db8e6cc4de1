//! Variables without a value.
//!
//! An argument or a field of an input whose variable has neither a value nor a default counts as not given
//! (specification, sections 3.10 and 6.4.1): its own default applies, and an update leaves it as it is.
//! async-graphql 7.2.1 puts null there. So such places are taken out, and with the last of them the variable, which
//! validation would call unused. A variable in a list stays: there it is null.

use std::collections::HashSet;

use async_graphql::parser::types::{OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Variables};
use async_graphql_value::Value;

/// Takes out of the operation, its fragments inlined, what its absent variables would give.
pub(crate) fn drop_absent(operation: &mut OperationDefinition, variables: &Variables) {
    let absent: HashSet<Name> = operation
        .variable_definitions
        .iter()
        .map(|definition| &definition.node)
        .filter(|definition| definition.var_type.node.nullable && definition.default_value.is_none())
        .map(|definition| definition.name.node.clone())
        .filter(|name| !variables.contains_key(name))
        .collect();
    if absent.is_empty() {
        return;
    }
    let mut dropping = Dropping { absent, dropped: HashSet::new(), used: HashSet::new() };
    dropping.set(&mut operation.selection_set.node);
    let Dropping { dropped, used, .. } = dropping;
    operation.variable_definitions.retain(|definition| {
        let name = &definition.node.name.node;
        !dropped.contains(name) || used.contains(name)
    });
}

struct Dropping {
    absent: HashSet<Name>,
    /// Absent variables that were taken out of a place.
    dropped: HashSet<Name>,
    /// Absent variables that stay in a place.
    used: HashSet<Name>,
}

impl Dropping {
    fn set(&mut self, set: &mut SelectionSet) {
        for selection in &mut set.items {
            let directives = match &selection.node {
                Selection::Field(field) => &field.node.directives,
                Selection::FragmentSpread(spread) => &spread.node.directives,
                Selection::InlineFragment(fragment) => &fragment.node.directives,
            };
            for directive in directives {
                for (_, value) in &directive.node.arguments {
                    self.keep(&value.node);
                }
            }
            match &mut selection.node {
                Selection::Field(field) => {
                    field.node.arguments.retain_mut(|(_, value)| self.is_given(&mut value.node));
                    self.set(&mut field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => self.set(&mut fragment.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    /// Whether a value is given; what is not given within it is taken out.
    fn is_given(&mut self, value: &mut Value) -> bool {
        match value {
            Value::Variable(name) if self.absent.contains(name) => {
                self.dropped.insert(name.clone());
                false
            }
            Value::Object(fields) => {
                fields.retain(|_, value| self.is_given(value));
                true
            }
            Value::List(values) => {
                for value in values {
                    if let Value::Variable(_) = value {
                        self.keep(value);
                    } else {
                        self.is_given(value);
                    }
                }
                true
            }
            _ => true,
        }
    }

    fn keep(&mut self, value: &Value) {
        match value {
            Value::Variable(name) if self.absent.contains(name) => {
                self.used.insert(name.clone());
            }
            Value::List(values) => values.iter().for_each(|value| self.keep(value)),
            Value::Object(fields) => fields.values().for_each(|value| self.keep(value)),
            _ => {}
        }
    }
}
