//! From an operation that may be executed to its response.

pub(crate) mod complete;
pub mod data_loader;
pub(crate) mod execute;
pub mod inline;
pub(crate) mod introspection;
pub(crate) mod response_cache;
