//! Whether a document and its variables are valid, by the whole of the specification (sections 5 and 6.1.2).
//!
//! async-graphql 7.2.1 takes documents that are none and refuses some that are good: it knows neither the rules for
//! fragments on interfaces nor all of those for variables. apollo-compiler knows them, so its word decides, and
//! async-graphql executes without a look of its own. What neither knows is which texts the scalars of the schema take; that is looked
//! at here, in what is written in the document and in what variables bring.
//!
//! Always: the document was scanned and measured before, so what is done here is bounded. A document that was found valid
//! is remembered, because whether it is depends on no variable.

pub(crate) mod values;

use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::executable::{ExecutableDocument, Operation};
use apollo_compiler::response::{GraphQLError, JsonMap, JsonValue};
use apollo_compiler::validation::Valid;
use async_graphql::{Pos, ServerError, Variables};
use moka::sync::Cache;

/// The maximum number of bytes that all remembered documents take up, as far as can be told.
const MAX_CACHED_BYTES: u64 = 8 << 20;

/// The maximum number of bytes in memory that a byte of a document makes.
const WEIGHT: usize = 200;

/// Mistakes that are told; of a document there can be thousands.
const MAX_ERRORS: usize = 20;

/// Levels that the parser descends at most; the scan lets fewer pass.
const RECURSION: usize = 200;

/// What a text is to a scalar of the schema: `None` if the name is not that of a scalar that comes in as a text of its own
/// form; otherwise whether it takes the text, and a sentence for the client if it does not. A value that is not a text
/// is given as `None`.
pub type CheckScalar = fn(name: &str, text: Option<&str>) -> Option<Result<(), &'static str>>;

/// The rules of a schema.
#[derive(Clone, Debug)]
pub struct Validator {
    schema: Arc<Valid<Schema>>,
    check_scalar: CheckScalar,
    valid: Cache<Arc<str>, Arc<Valid<ExecutableDocument>>>,
}

impl Validator {
    /// The rules of a schema, from its text.
    ///
    /// # Errors
    /// If the text is not a valid schema: what is wrong with it.
    pub fn new(sdl: &str, check_scalar: CheckScalar) -> Result<Self, String> {
        let schema =
            Schema::parse_and_validate(sdl, "schema.graphql").map_err(|error| error.errors.to_string())?;
        let weigh = |query: &Arc<str>, _: &Arc<Valid<ExecutableDocument>>| {
            u32::try_from(query.len() * WEIGHT).unwrap_or(u32::MAX)
        };
        let valid = Cache::builder().weigher(weigh).max_capacity(MAX_CACHED_BYTES).build();
        Ok(Self { schema: Arc::new(schema), check_scalar, valid })
    }

    /// Whether the operation that is meant may be executed with these variables.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn validate(
        &self,
        query: &str,
        operation_name: Option<&str>,
        variables: &Variables,
    ) -> Result<(), Vec<ServerError>> {
        let document = self.document(query)?;
        let one = |error: &GraphQLError| vec![server_error(error)];
        let operation = document
            .operations
            .get(operation_name)
            .map_err(|error| one(&error.to_graphql_error(&document.sources)))?;
        self.coerce(&document, operation, variables).map_err(|error| vec![error])
    }

    pub(crate) fn check_scalar(&self) -> CheckScalar {
        self.check_scalar
    }

    fn document(&self, query: &str) -> Result<Arc<Valid<ExecutableDocument>>, Vec<ServerError>> {
        if let Some(known) = self.valid.get(query) {
            return Ok(known);
        }
        let mut parser = apollo_compiler::parser::Parser::new().recursion_limit(RECURSION);
        let document = parser
            .parse_executable(&self.schema, query, "document")
            .map_err(|error| error.errors)
            .and_then(|document| document.validate(&self.schema).map_err(|error| error.errors))
            .map_err(|errors| {
                errors.iter().take(MAX_ERRORS).map(|error| server_error(&error.to_json())).collect::<Vec<_>>()
            })?;
        let errors = values::check_literals(&self.schema, self.check_scalar, &document);
        if !errors.is_empty() {
            return Err(errors);
        }
        let document = Arc::new(document);
        self.valid.insert(query.into(), Arc::clone(&document));
        Ok(document)
    }

    /// Whether the values of variables are of their types.
    fn coerce(
        &self,
        document: &ExecutableDocument,
        operation: &Operation,
        variables: &Variables,
    ) -> Result<(), ServerError> {
        let given = match serde_json::to_value(variables).map(JsonValue::from) {
            Ok(JsonValue::Object(map)) => map,
            _ => JsonMap::new(),
        };
        let coerced = apollo_compiler::request::coerce_variable_values(&self.schema, operation, &given)
            .map_err(|error| server_error(&error.to_graphql_error(&document.sources)))?;
        values::check_variables(&self.schema, self.check_scalar, operation, &coerced)
    }
}

fn server_error(error: &GraphQLError) -> ServerError {
    let place = error.locations.first().map(|place| Pos { line: place.line, column: place.column });
    ServerError::new(error.message.clone(), place)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixture::{SDL, check_scalar};

    fn validate(query: &str, variables: serde_json::Value) -> Result<(), Vec<ServerError>> {
        let validator = Validator::new(SDL, check_scalar).unwrap();
        let result = validator.validate(query, None, &Variables::from_json(variables.clone()));
        // What is remembered is judged the same.
        let again = validator.validate(query, None, &Variables::from_json(variables));
        assert_eq!(result.is_ok(), again.is_ok(), "{query}");
        result
    }

    #[test]
    fn documents_that_the_specification_allows_are_valid() {
        for (query, variables) in [
            ("query($b: Boolean! = true) { shelf { mark @include(if: $b) } }", json!({})),
            (
                "{ publisher(slug: \"a\") { ...C } } fragment C on Node { id ... on Publisher { name } ... on Author { handle } }",
                json!({}),
            ),
            ("query($n: Int) { books(first: $n) { nodes { authors(first: 3) { name } } } }", json!({})),
            (
                "query($f: BookFilter) { books(filter: $f) { totalCount } }",
                json!({ "f": { "keywords": "a" } }),
            ),
            ("query($i: [ID!]!) { nodes(ids: $i) { id } }", json!({ "i": "x" })),
            ("{ shelf(mark: \"A1\") { mark } }", json!({})),
            ("query($p: ShelfMark) { shelf(mark: $p) { mark } }", json!({ "p": "A17" })),
            ("{ books(filter: { from: \"B7\" }) { totalCount } }", json!({})),
            ("query($b: Boolean!) { shelf { __typename @include(if: $b) } }", json!({ "b": true })),
            ("{ __schema { types { name } } }", json!({})),
        ] {
            assert_eq!(validate(query, variables), Ok(()), "{query}");
        }
    }

    #[test]
    fn documents_and_variables_that_the_specification_forbids_are_invalid() {
        for (query, variables) in [
            ("{ nope }", json!({})),
            ("{ shelf { mark } } fragment F on Book { id }", json!({})),
            ("query A { shelf { mark } } query A { shelf { mark } }", json!({})),
            ("query($n: Int! = 3) { books(first: $n) { totalCount } }", json!({ "n": null })),
            ("query($i: ID) { node(id: $i) { id } }", json!({ "i": "x" })),
            ("query($i: ID!) { node(id: $i) { id } }", json!({})),
            ("query($n: Int) { books(first: $n) { totalCount } }", json!({ "n": "1" })),
            ("{ shelf(mark: \"soon\") { mark } }", json!({})),
            ("{ shelf(mark: 2026) { mark } }", json!({})),
            ("query($p: ShelfMark = \"soon\") { shelf(mark: $p) { mark } }", json!({ "p": "A17" })),
            ("query($p: ShelfMark) { shelf(mark: $p) { mark } }", json!({ "p": "soon" })),
            ("query($p: ShelfMark) { shelf(mark: $p) { mark } }", json!({ "p": 1 })),
            ("{ books(filter: { from: \"soon\" }) { totalCount } }", json!({})),
            ("{ ...F } fragment F on Query { books(filter: { from: \"soon\" }) { totalCount } }", json!({})),
            (
                "query($f: BookFilter) { books(filter: $f) { totalCount } }",
                json!({ "f": { "from": "soon" } }),
            ),
            ("query($f: BookFilter) { books(filter: $f) { totalCount } }", json!({ "f": { "nope": 1 } })),
            ("subscription { bookAdded @skip(if: false) { title } }", json!({})),
            ("{ a: __typename a: shelf { mark } }", json!({})),
        ] {
            let errors = validate(query, variables).unwrap_err();
            assert!(!errors.is_empty() && errors.iter().all(|error| !error.message.is_empty()), "{query}");
        }
    }
}
