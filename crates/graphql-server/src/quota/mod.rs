//! Points that a client may spend, and streams that it may have open, in the memory of the process.

mod points;
mod streams;

pub use points::{Budget, Points};
pub use streams::{OpenStream, Streams};
