//! How fast the crate is, and how much it takes, on generated documents.

mod asked;
mod filling;
mod kinds;
mod latency;
mod vectors;

use anyhow::{Context as _, Result};
use search::index::WordIndex;
use search::meaning::Model;

use super::corpus::Corpus;
use super::{Options, say};
use crate::proc::Tree;
use asked::Asked;
use filling::{Indexing, fill};
use kinds::kinds;
use vectors::{Embedding, VectorSize, embed, fill_vectors};

pub(super) use kinds::Ask;
pub(super) use latency::{Latency, measure};
pub(super) use vectors::unit_vector;

/// Numbers of a random vector.
const DIMENSIONS: usize = 384;

/// What was measured.
#[derive(Clone, Debug)]
pub(super) struct Speed {
    pub(super) indexing: Indexing,
    pub(super) vectors: VectorSize,
    pub(super) embedding: Option<Embedding>,
    pub(super) latencies: Vec<Latency>,
    /// The most memory that the process ever had, in MiB.
    pub(super) peak_mib: f64,
}

/// Generates, indexes and asks.
///
/// # Errors
/// If something does not work.
pub(super) fn run(options: &Options, model: Option<&Model>) -> Result<Speed> {
    let corpus = Corpus::new(options.vocabulary, options.words);
    let place = tempfile::tempdir().context("a temporary folder")?;
    let index = WordIndex::open(place.path())?;
    let indexing = fill(options, &corpus, &index)?;
    say("making vectors");
    let dimensions = model.map_or(DIMENSIONS, Model::dimensions);
    let vectors = fill_vectors(options.vector_count.unwrap_or(options.documents), dimensions)?;
    let embedding = model.map(|model| embed(model, &corpus)).transpose()?;
    let asked = Asked::new(options, &corpus, dimensions)?;
    let snapshot = index.snapshot();
    let mut latencies = Vec::new();
    for (what, ask) in kinds(&asked, &snapshot, &vectors, model) {
        say(what);
        for &clients in &options.clients {
            latencies.push(measure(what, clients, options.queries, &ask)?);
        }
    }
    let size = VectorSize { count: vectors.len(), bytes: vectors.memory() };
    Ok(Speed { indexing, vectors: size, embedding, latencies, peak_mib: own().peak_mib()? })
}

fn own() -> Tree {
    Tree(std::process::id())
}
