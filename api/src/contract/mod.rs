//! The contract: the types, queries, mutations and subscriptions of the GraphQL schema.
//!
//! Types are newtypes over domain values; nothing here touches a table but through the domain. How operations get here
//! is the engine's business (the crate `graphql-server`), which [`host`] joins to the service.

pub mod context;
pub mod cursor;
pub mod error;
pub mod host;
pub mod ids;
pub mod loaders;
mod mutation;
pub(crate) mod operation_metrics;
pub mod prices;
pub mod projection;
mod query;
mod routes;
pub mod scalars;
pub mod schema;
pub mod search_loader;
mod subscription;
mod types;

pub use routes::routes;
pub use schema::{Schema, guard, sdl};
