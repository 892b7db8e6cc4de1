//! What stands between a document and the executor.
//!
//! async-graphql 7.2.1 walks fragments without remembering them, so that a kilobyte can hang it, and runs
//! equal fields once per occurrence, so that two fragments that select the same mutation run it twice. One
//! pass closes both before the executor sees the document: [`measure`] counts what the document expands to
//! and refuses too much; [`collect`] then inlines its fragments and merges equal fields, as `CollectFields` of
//! the specification (section 6.3.2) has it, and [`absent`] takes out what variables without a value would give.
//! What is left is priced by [`mod@cost`].

mod absent;
mod collect;
mod cost;
mod measure;
mod schema_types;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
};
use async_graphql::{Name, Positioned, Variables};

pub use cost::MAX_COST;
pub use schema_types::SchemaTypes;

/// Octets of a document.
pub const MAX_DOCUMENT: usize = 16 * 1024;

/// Why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is wrong.
    Invalid(String),
    /// It is too large.
    TooComplex(String),
}

/// A document that may be executed.
#[derive(Debug)]
pub struct Admitted {
    /// The document, its fields merged.
    pub document: ExecutableDocument,
    /// The operation that is to run; `None` where the request does not say which.
    pub operation: Option<OperationDefinition>,
    /// What it may cost, in points.
    pub cost: u64,
}

/// Lets a parsed document pass, or refuses it.
///
/// # Errors
/// Why it is refused.
pub fn admit(
    types: &SchemaTypes,
    mut document: ExecutableDocument,
    operation_name: Option<&str>,
    variables: &Variables,
) -> Result<Admitted, Refusal> {
    measure::measure(&document)?;
    check_text(variables)?;
    let operation = chosen(&document, operation_name);
    if let Some(operation) = operation {
        has_required(&operation.node, variables)?;
        collect::collect(types, &mut document, operation_name, variables);
    }
    let operation = chosen(&document, operation_name).map(|operation| operation.node.clone());
    let mut cost = 0;
    if let Some(operation) = &operation {
        has_one_event(operation)?;
        cost = affordable(types, operation, variables)?;
    }
    Ok(Admitted { document, operation, cost })
}

/// Lets an operation that was admitted before pass with other variables, or refuses it. Answers what it may cost.
///
/// # Errors
/// Why it is refused.
pub fn admit_again(
    types: &SchemaTypes,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<u64, Refusal> {
    check_text(variables)?;
    has_required(operation, variables)?;
    affordable(types, operation, variables)
}

fn affordable(
    types: &SchemaTypes,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<u64, Refusal> {
    let cost = cost::cost(types, operation, variables);
    if cost > MAX_COST {
        let message =
            format!("The operation costs {cost} points; at most {MAX_COST}. Ask for shorter pages.");
        return Err(Refusal::TooComplex(message));
    }
    Ok(cost)
}

/// The operation that the request means; `None` where it does not say, or says one that is not there. The
/// executor then answers what is wrong.
fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<&'a Positioned<OperationDefinition>> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(&Name::new(name)),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            operations.values().next()
        }
        (DocumentOperations::Single(_), Some(_)) | (DocumentOperations::Multiple(_), None) => None,
    }
}

/// Refuses to execute without a variable that must be there: async-graphql would find out in the middle.
fn has_required(operation: &OperationDefinition, variables: &Variables) -> Result<(), Refusal> {
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        let is_missing =
            matches!(variables.get(&definition.name.node), None | Some(async_graphql::Value::Null));
        if is_missing && !definition.var_type.node.nullable && definition.default_value.is_none() {
            return Err(Refusal::Invalid(format!("The variable ${} has no value.", definition.name.node)));
        }
    }
    Ok(())
}

/// A subscription selects one field, always: specification, section 5.2.4.1. async-graphql would run all, also
/// those that @skip leaves out.
fn has_one_event(operation: &OperationDefinition) -> Result<(), Refusal> {
    let is_one = match operation.selection_set.node.items.as_slice() {
        [item] => matches!(&item.node, Selection::Field(field)
            if field.node.directives.is_empty() && !field.node.name.node.starts_with("__")),
        _ => false,
    };
    if operation.ty == OperationType::Subscription && !is_one {
        let message = "A subscription selects exactly one field, without directives.";
        return Err(Refusal::Invalid(message.to_owned()));
    }
    Ok(())
}

/// Postgres takes no NUL in a text, so none comes in.
fn check_text(variables: &Variables) -> Result<(), Refusal> {
    if variables.values().any(value_has_nul) {
        return Err(Refusal::Invalid("A variable holds a NUL character.".to_owned()));
    }
    Ok(())
}

fn value_has_nul(value: &async_graphql::Value) -> bool {
    use async_graphql::Value;
    match value {
        Value::String(text) => text.contains('\0'),
        Value::List(values) => values.iter().any(value_has_nul),
        Value::Object(fields) => fields.values().any(value_has_nul),
        _ => false,
    }
}
