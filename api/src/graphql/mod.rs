//! GraphQL: the contract's types, queries and mutations, and how a request gets to them.
//!
//! A request passes [`http`] (method, media types, size, time), then [`guard`] (what the document may cost, and
//! each field once), then async-graphql. Types are newtypes over domain values; nothing here touches a
//! table but through the domain.

pub mod context;
pub mod cursor;
pub mod error;
pub mod guard;
pub mod http;
pub mod ids;
pub mod loaders;
mod mutation;
mod query;
pub mod scalars;
pub mod schema;
mod types;

pub use schema::{Schema, sdl};
