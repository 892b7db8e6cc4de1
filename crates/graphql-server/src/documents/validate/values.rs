//! Texts of the schema's own scalars, in documents and in variables.

use apollo_compiler::ast::{Argument, Type, Value};
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use apollo_compiler::{Node, Schema};
use async_graphql::{Pos, ServerError};

use crate::documents::validate::CheckScalar;

/// What is wrong with the values that a valid document holds.
pub(crate) fn check_literals(
    schema: &Schema,
    check: CheckScalar,
    document: &ExecutableDocument,
) -> Vec<ServerError> {
    let mut checking = Checking { schema, check, document, errors: Vec::new() };
    for operation in document.operations.iter() {
        for variable in &operation.variables {
            if let Some(value) = &variable.default_value {
                checking.literal(&variable.ty, value);
            }
        }
        checking.set(&operation.selection_set);
    }
    for fragment in document.fragments.values() {
        checking.set(&fragment.selection_set);
    }
    checking.errors
}

/// Whether coerced variables hold values that the scalars take.
pub(crate) fn check_variables(
    schema: &Schema,
    check: CheckScalar,
    operation: &Operation,
    values: &JsonMap,
) -> Result<(), ServerError> {
    for variable in &operation.variables {
        let Some(value) = values.get(variable.name.as_str()) else { continue };
        if let Some(problem) = json_problem(schema, check, &variable.ty, value) {
            let message = format!("The variable ${}: {problem}", variable.name);
            return Err(ServerError::new(message, None));
        }
    }
    Ok(())
}

/// What is wrong with a text for a scalar, or with a value that is not a text (`None`).
fn problem(check: CheckScalar, name: &str, text: Option<&str>) -> Option<String> {
    check(name, text)?.err().map(str::to_owned)
}

fn json_problem(schema: &Schema, check: CheckScalar, kind: &Type, value: &JsonValue) -> Option<String> {
    match value {
        JsonValue::Null => None,
        JsonValue::Array(items) if kind.is_list() => {
            items.iter().find_map(|item| json_problem(schema, check, kind.item_type(), item))
        }
        JsonValue::Object(fields) => match schema.types.get(kind.inner_named_type()) {
            Some(ExtendedType::InputObject(object)) => fields.iter().find_map(|(name, value)| {
                let field = object.fields.get(name.as_str())?;
                json_problem(schema, check, &field.ty, value)
            }),
            _ => problem(check, kind.inner_named_type(), None),
        },
        JsonValue::String(text) => problem(check, kind.inner_named_type(), Some(text.as_str())),
        _ => problem(check, kind.inner_named_type(), None),
    }
}

struct Checking<'a> {
    schema: &'a Schema,
    check: CheckScalar,
    document: &'a ExecutableDocument,
    errors: Vec<ServerError>,
}

impl Checking<'_> {
    /// Fragments are looked at by themselves.
    fn set(&mut self, set: &SelectionSet) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    self.arguments(&field.definition, &field.arguments);
                    self.set(&field.selection_set);
                }
                Selection::InlineFragment(fragment) => self.set(&fragment.selection_set),
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn arguments(&mut self, definition: &FieldDefinition, arguments: &[Node<Argument>]) {
        for argument in arguments {
            if let Some(definition) = definition.argument_by_name(&argument.name) {
                self.literal(&definition.ty, &argument.value);
            }
        }
    }

    fn literal(&mut self, kind: &Type, value: &Node<Value>) {
        let name = kind.inner_named_type();
        let problem = match value.as_ref() {
            Value::Null | Value::Variable(_) => None,
            Value::List(items) if kind.is_list() => {
                return items.iter().for_each(|item| self.literal(kind.item_type(), item));
            }
            Value::Object(fields) => {
                if let Some(ExtendedType::InputObject(object)) = self.schema.types.get(name) {
                    for (field, value) in fields {
                        if let Some(definition) = object.fields.get(field) {
                            self.literal(&definition.ty, value);
                        }
                    }
                    return;
                }
                problem(self.check, name, None)
            }
            Value::String(text) => problem(self.check, name, Some(text)),
            _ => problem(self.check, name, None),
        };
        if let Some(problem) = problem {
            let place = value.location().and_then(|place| place.line_column(&self.document.sources));
            let place = place.map(|place| Pos { line: place.line, column: place.column });
            self.errors.push(ServerError::new(problem, place));
        }
    }
}
