//! GraphQL: the contract's types, queries and mutations, and how a request gets to them.
//!
//! A request comes by [`http`], by a WebSocket ([`ws`]), or by HTTP to be answered as a stream of events
//! (`sse`). All of them go through `execute`: first [`scan`] (what may be parsed), [`guard`] (what the document may cost, and each field once)
//! and [`validate`] between its two halves, then async-graphql, then the data is completed. Types are newtypes over domain values; nothing here touches a
//! table but through the domain.

mod answer;
pub mod batch;
pub mod cache;
mod complete;
pub mod context;
pub mod cursor;
mod direct;
pub mod error;
mod execute;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod guard;
pub mod http;
pub mod ids;
pub mod introspection;
pub mod known;
pub mod loaders;
mod mutation;
mod parameters;
pub mod persisted;
pub mod projection;
mod query;
pub mod scalars;
pub mod scan;
pub mod schema;
mod sse;
mod subscription;
mod types;
pub mod validate;
pub mod ws;

pub(crate) use execute::READING;
pub use schema::{Schema, sdl};
