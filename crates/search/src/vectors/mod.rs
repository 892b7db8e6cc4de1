//! Vectors of documents, and the nearest of them to that of a query.
//!
//! All are kept in memory as bytes with a scale for each vector ([`QuantizedVector`]). Up to [`EXACT_MAX`] the nearest
//! are found by computing every product, which is exact but for the rounding to bytes. Above, signs of all numbers are
//! compared first, and only the best candidates are computed.
//!
//! Always: an index takes at most 1 KiB a document of 384 numbers, whatever was added and removed before; equal scores
//! are in the order of their ids.

mod block;
mod index;
mod quantized;
mod scan;
mod top;

pub use index::{EXACT_MAX, VectorIndex, WrongDimensions};
pub use quantized::QuantizedVector;

#[cfg(test)]
mod tests;
