//! GraphQL over HTTP, by a handler of our own.
//!
//! <https://graphql.github.io/graphql-over-http/>. async-graphql's integration answers 200 to everything,
//! takes any media type and any number of bytes, and runs mutations by GET. Here: JSON only, 100 kB read
//! within 10 s, no batches, no mutation by GET; `application/graphql-response+json` gets 400 for a request
//! that was not executed, `application/json` gets 200 for whatever is a well-formed request.

mod accept;
mod body;
mod charset;
mod handler;
mod respond;

pub use body::{BodyError, read as read_body};
pub use handler::{get, other, post};
pub use respond::refused;
pub(crate) use respond::too_many_streams;
