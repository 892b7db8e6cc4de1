//! The schema, built once, and its text.

use crate::limits::Limits;
use async_graphql::{SDLExportOptions, ValidationMode};

use super::mutation::Mutation;
use super::query::Query;
use super::subscription::Subscription;

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
/// ([`super::validate`]), so it does not validate them.
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
