//! The way of a document up to the executor, for the fuzz target `documents` alone.

use async_graphql::Variables;

use super::execute::admit;
use super::guard::SchemaTypes;
use super::schema::sdl;
use super::validate::Validator;

/// What stands before the executor.
#[derive(Debug)]
pub struct Gate {
    types: SchemaTypes,
    validator: Validator,
}

impl Gate {
    /// That of the schema.
    ///
    /// # Panics
    /// If the schema is none.
    #[must_use]
    #[expect(clippy::new_without_default, clippy::expect_used, reason = "it is not part of the service")]
    pub fn new() -> Self {
        let sdl = sdl();
        Self {
            types: SchemaTypes::read(&sdl).expect("a schema"),
            validator: Validator::new(&sdl).expect("a schema"),
        }
    }

    /// What a document costs with these variables, which are JSON; `None` if it is refused.
    #[must_use]
    pub fn admit(&self, document: &str, variables: &str) -> Option<u64> {
        let variables = Variables::from_json(serde_json::from_str(variables).ok()?);
        admit(&self.types, &self.validator, document, None, &variables).ok().map(|admitted| admitted.cost)
    }
}
