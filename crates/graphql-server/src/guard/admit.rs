//! The last step of the guard: the operation that is meant of a valid document, its fields merged, at its price.

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
};
use async_graphql::{Name, Positioned, Variables};

use super::{PriceList, SchemaTypes, absent_variables, collect, cost};

/// Why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is wrong.
    Invalid(String),
    /// It is too large.
    TooComplex(String),
}

/// An operation that may be executed.
#[derive(Debug)]
pub struct Admitted {
    /// It alone, its fields merged.
    pub operation: Positioned<OperationDefinition>,
    /// What it may cost, in points.
    pub cost: u64,
}

/// Lets the operation that is meant of a document pass, or refuses it. The document was measured, and is valid.
///
/// # Errors
/// Why it is refused.
pub(crate) fn admit(
    types: &SchemaTypes,
    prices: &PriceList,
    document: ExecutableDocument,
    operation_name: Option<&str>,
    variables: &Variables,
) -> Result<Admitted, Refusal> {
    check_text(variables)?;
    let ExecutableDocument { operations, fragments } = document;
    let Some(mut operation) = chosen(operations, operation_name) else {
        return Err(Refusal::Invalid("The request must name one operation of the document.".to_owned()));
    };
    collect::collect(types, &mut operation.node, &fragments, variables);
    absent_variables::drop_absent(&mut operation.node, variables);
    has_one_event(&operation.node)?;
    let cost = affordable(types, prices, &operation.node, variables)?;
    Ok(Admitted { operation, cost })
}

/// Lets an operation that was admitted before pass with other variables, or refuses it. Returns what it may cost.
///
/// # Errors
/// Why it is refused.
pub(crate) fn admit_cached(
    types: &SchemaTypes,
    prices: &PriceList,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<u64, Refusal> {
    check_text(variables)?;
    affordable(types, prices, operation, variables)
}

fn affordable(
    types: &SchemaTypes,
    prices: &PriceList,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<u64, Refusal> {
    let cost = cost::cost(types, prices, operation, variables);
    let max = prices.max_operation;
    if cost > max {
        let message = format!("The operation costs {cost} points; at most {max}. Ask for shorter pages.");
        return Err(Refusal::TooComplex(message));
    }
    Ok(cost)
}

/// The operation that the request means; `None` if it does not say, or says one that is not there.
fn chosen(operations: DocumentOperations, name: Option<&str>) -> Option<Positioned<OperationDefinition>> {
    match (operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Multiple(mut operations), Some(name)) => operations.remove(&Name::new(name)),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            operations.into_values().next()
        }
        (DocumentOperations::Single(_), Some(_)) | (DocumentOperations::Multiple(_), None) => None,
    }
}

/// A subscription selects one field: specification, section 5.2.4.1.
fn has_one_event(operation: &OperationDefinition) -> Result<(), Refusal> {
    let is_one = match operation.selection_set.node.items.as_slice() {
        [item] => matches!(&item.node, Selection::Field(field)
            if field.node.directives.is_empty() && !field.node.name.node.starts_with("__")),
        _ => false,
    };
    if operation.ty == OperationType::Subscription && !is_one {
        let message = "A subscription must select exactly one field.";
        return Err(Refusal::Invalid(message.to_owned()));
    }
    Ok(())
}

/// Postgres takes no NUL in a text, so none comes in.
fn check_text(variables: &Variables) -> Result<(), Refusal> {
    if variables.values().any(value_has_nul) {
        return Err(Refusal::Invalid("A variable contains a NUL character.".to_owned()));
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
