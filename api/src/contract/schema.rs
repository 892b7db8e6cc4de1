//! The schema, built once, and its text.

use crate::contract::mutation::Mutation;
use crate::contract::query::Query;
use crate::contract::subscription::Subscription;
use crate::limits::Limits;
use async_graphql::{SDLExportOptions, ValidationMode};
use graphql_server::Guard;

use super::prices::PRICES;
use super::scalars;

/// The schema of the service.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Levels of a document that async-graphql may descend; the guard allows fewer.
const RECURSION: usize = 64;

fn builder() -> async_graphql::SchemaBuilder<Query, Mutation, Subscription> {
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .limit_recursive_depth(RECURSION)
        .disable_suggestions()
}

/// The schema, with what counts who asks for how much. Documents that it executes were found valid before
/// ([`graphql_server::Guard`]), so it does not validate them.
#[must_use]
pub fn build(limits: Limits) -> Schema {
    builder().validation_mode(ValidationMode::Fast).data(limits).finish()
}

/// The text of the schema, in the schema definition language.
#[must_use]
pub fn sdl() -> String {
    let text = builder().finish().sdl_with_options(SDLExportOptions::new().include_specified_by());
    format!("{}\n", text.trim())
}

/// The guard before the schema.
///
/// # Errors
/// If the text of the schema is not valid.
pub fn guard() -> Result<Guard, String> {
    Guard::new(&sdl(), PRICES, scalars::check)
}
