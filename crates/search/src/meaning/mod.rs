//! Sentence embeddings: a vector for each text, near to those of texts that mean the same.
//!
//! A model is a folder in the layout of Hugging Face with a BERT in it: its configuration, its vocabulary and its
//! weights. [`manifest`] is the one table of models that are known by name, [`install`] brings one onto the disk,
//! [`Model`] loads a folder and embeds, [`CrossEncoder`] judges a document against a query.
//!
//! Always: embedding is a pure function of model and text, on one thread; no text makes it panic, and what a text costs
//! is bounded by the maximum number of tokens of its model.

mod bert;
mod cross_encoder;
mod error;
pub mod install;
pub mod manifest;
mod model;
mod nn;
mod settings;
mod tokenizer;
mod weights;

pub use cross_encoder::CrossEncoder;
pub use error::{ModelError, Result};
pub use model::Model;

#[cfg(test)]
mod tests;
