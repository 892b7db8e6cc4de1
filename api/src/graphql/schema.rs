//! The schema, built once, and its text.

use async_graphql::{EmptySubscription, SDLExportOptions};
use domain::Services;

use crate::limits::Limits;

use super::mutation::Mutation;
use super::query::Query;

/// The schema of the service.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// Levels of a document that async-graphql may descend; the guard allows fewer.
const RECURSION: usize = 64;

/// Directives on one field; the contract knows two.
const DIRECTIVES: usize = 4;

fn builder() -> async_graphql::SchemaBuilder<Query, Mutation, EmptySubscription> {
    async_graphql::Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .limit_recursive_depth(RECURSION)
        .limit_directives(DIRECTIVES)
        .disable_suggestions()
}

/// The schema over these services.
#[must_use]
pub fn build(services: Services, limits: Limits) -> Schema {
    builder().data(services).data(limits).finish()
}

/// The text of the schema, in the schema definition language.
#[must_use]
pub fn sdl() -> String {
    let text = builder().finish().sdl_with_options(SDLExportOptions::new().include_specified_by());
    format!("{}\n", text.trim())
}
