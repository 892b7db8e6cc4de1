//! Vectors: random ones to be searched, and those that a model makes.

use anyhow::{Result, bail};
use cpu_time::ThreadTime;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use search::meaning::Model;
use search::vectors::{QuantizedVector, VectorIndex};

use super::super::corpus::Corpus;
use super::super::say;

/// Documents that are embedded to see how fast that is.
const EMBEDDED: u64 = 64;

/// What vectors take.
#[derive(Clone, Copy, Debug)]
pub(in crate::search) struct VectorSize {
    pub(in crate::search) count: usize,
    pub(in crate::search) bytes: usize,
}

/// How fast a model is, on one thread.
#[derive(Clone, Debug)]
pub(in crate::search) struct Embedding {
    pub(in crate::search) model: String,
    pub(in crate::search) documents_per_processor_second: f64,
}

pub(super) fn fill_vectors(count: u64, dimensions: usize) -> Result<VectorIndex> {
    let mut vectors = VectorIndex::new(dimensions);
    let mut chance = StdRng::seed_from_u64(1);
    for id in 1..=count {
        vectors.upsert(id, &QuantizedVector::new(&unit_vector(&mut chance, dimensions)))?;
    }
    Ok(vectors)
}

pub(in crate::search) fn unit_vector(chance: &mut StdRng, dimensions: usize) -> Vec<f32> {
    let mut vector: Vec<f32> = (0..dimensions).map(|_| chance.random_range(-1.0..1.0)).collect();
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    for number in &mut vector {
        *number /= length;
    }
    vector
}

pub(super) fn embed(model: &Model, corpus: &Corpus) -> Result<Embedding> {
    say("embedding documents");
    let documents: Vec<_> = (1..=EMBEDDED).map(|id| corpus.document(id)).collect();
    let texts: Vec<(&str, &str)> =
        documents.iter().map(|document| (document.title.as_str(), document.summary.as_str())).collect();
    let started = ThreadTime::now();
    let vectors = model.embed_documents(&texts);
    let spent = started.elapsed().as_secs_f64();
    if vectors.len() != texts.len() {
        bail!("the model made {} vectors of {} texts", vectors.len(), texts.len());
    }
    #[expect(clippy::cast_precision_loss, reason = "a few documents")]
    let documents_per_processor_second = texts.len() as f64 / spent;
    Ok(Embedding { model: model.name().to_owned(), documents_per_processor_second })
}
