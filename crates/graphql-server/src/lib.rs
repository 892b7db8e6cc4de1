//! A GraphQL server for actix-web around an async-graphql schema: transports, a guard before the executor, and caches.
//!
//! An operation comes by HTTP, by a WebSocket or as a stream of server-sent events ([`transport`]). Its document is
//! scanned, measured, validated by the whole of the specification, collected and priced ([`Guard`]: [`documents`],
//! [`guard`]) before async-graphql executes it; then its data is completed ([`execution`]). What the engine needs of the
//! service around it, it asks a [`Host`].
//!
//! Always:
//! - nothing is executed that is not valid, measured and paid for;
//! - what one client does makes the process remember a bounded amount;
//! - a query or a mutation has a deadline, a subscription lasts until its carrier drops it.

pub mod bearer;
pub mod documents;
mod engine;
mod error_code;
pub mod execution;
#[cfg(test)]
mod fixture;
pub mod guard;
mod host;
pub mod quota;
mod report;
pub mod transport;

/// The variables of an operation.
pub use async_graphql::Variables;
pub use documents::validate::CheckScalar;
pub use engine::Engine;
pub use error_code::ErrorCode;
pub use execution::execute::{READ_TIMEOUT, SafeRequest};
pub use execution::response_cache::ResponseCache;
pub use guard::{Admitted, Guard, PriceList};
pub use host::{Host, Unavailable};
pub use report::{OperationOutcome, OperationReport};
