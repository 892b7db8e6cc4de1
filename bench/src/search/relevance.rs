//! How well judged documents are found: by words, by meaning, by both.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use search::cover::Cover;
use search::fusion::{Candidate, Fused, FusionWeights, fuse, refine};
use search::index::{Change, Document, Filter, Position, Snapshot, WordIndex};
use search::meaning::Model;
use search::query::{MAX_QUERY_CHARS, Query};
use search::vectors::{QuantizedVector, VectorIndex};

use super::beir::{Collection, JudgedDocument, Quality, judge};
use super::{Options, hybrid, say};

/// The ranks that are looked at.
const DEPTH: usize = 100;

/// Weights of a sweep, in hundredths.
const SWEEP: std::ops::RangeInclusive<u8> = 0..=100;

/// Between two weights of a sweep, in hundredths.
const SWEEP_STEP: usize = 5;

/// Documents that are embedded and kept at a time.
const EMBEDDED_AT_ONCE: usize = 64;

/// Documents that are looked at for what they cover, as the service does it.
const COVERED: usize = 30;

/// What was found.
#[derive(Clone, Debug)]
pub(super) struct Relevance {
    pub(super) collection: String,
    pub(super) split: String,
    pub(super) documents: usize,
    pub(super) queries: usize,
    pub(super) words: Quality,
    pub(super) meaning: Option<MeaningRelevance>,
}

/// What was found with a model.
#[derive(Clone, Debug)]
pub(super) struct MeaningRelevance {
    pub(super) model: String,
    pub(super) alone: Quality,
    /// The weights of the model.
    pub(super) weights: FusionWeights,
    /// Without what documents cover.
    pub(super) fused: Quality,
    pub(super) hybrid: Quality,
    /// Fused, by weight.
    pub(super) sweep: Vec<(f32, Quality)>,
}

/// Indexes the collection and asks its queries.
///
/// # Errors
/// If a file is missing or something does not work.
pub(super) fn run(options: &Options, folder: &Path, model: Option<&Model>) -> Result<Relevance> {
    let collection = Collection::load(folder, &options.split)?;
    say(&format!("{} documents, {} queries", collection.documents.len(), collection.queries.len()));
    let place = tempfile::tempdir().context("a temporary folder")?;
    let index = WordIndex::open(place.path())?;
    index.apply(collection.documents.iter().zip(0..).map(|(document, id)| change(id, document)).collect())?;
    index.commit(Position { generation: 1, number: 1 })?;
    let snapshot = index.snapshot();
    let queries = collection.queries.iter().map(|query| Query::parse(&head(&query.text)));
    let queries = queries.collect::<Result<Vec<_>, _>>()?;
    let rank = |query: &Query| -> Result<Vec<u64>> {
        Ok(snapshot.search(query, &Filter::default(), DEPTH)?.hits.iter().map(|hit| hit.id).collect())
    };
    let rankings = queries.iter().map(rank).collect::<Result<Vec<_>>>()?;
    let meaning = match model {
        Some(model) => Some(with_model(options, &collection, model, &snapshot, &queries)?),
        None => None,
    };
    Ok(Relevance {
        collection: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        split: options.split.clone(),
        documents: collection.documents.len(),
        queries: queries.len(),
        words: judge(&collection.queries, &rankings),
        meaning,
    })
}

fn change(id: u64, document: &JudgedDocument) -> Change {
    let JudgedDocument { title, text, .. } = document;
    Change::Put(Box::new(Document { id, title: title.clone(), summary: text.clone(), ..Document::default() }))
}

/// As much of a query as may be asked.
fn head(text: &str) -> String {
    text.chars().take(MAX_QUERY_CHARS).collect()
}

fn with_model(
    options: &Options,
    collection: &Collection,
    model: &Model,
    snapshot: &Snapshot,
    queries: &[Query],
) -> Result<MeaningRelevance> {
    let vectors =
        index(&vectors(options.vectors.as_deref(), model, &collection.documents)?, model.dimensions())?;
    say("embedding queries");
    let mut near = Vec::with_capacity(queries.len());
    let mut pools = Vec::with_capacity(queries.len());
    for query in queries {
        let vector = model.embed_query(&query.topic());
        near.push(vectors.nearest(&vector, DEPTH, None)?.into_iter().map(|(id, _)| id).collect());
        pools.push(hybrid::candidates(snapshot, &vectors, query, &vector)?);
    }
    let quality = |weight: f32| judge(&collection.queries, &fused(&pools, weight));
    let weights = model.manifest().map_or(FusionWeights::DEFAULT, |manifest| manifest.fusion);
    let sweep = SWEEP.step_by(SWEEP_STEP).map(|hundredths| f32::from(hundredths) / 100.0);
    Ok(MeaningRelevance {
        model: model.name().to_owned(),
        alone: judge(&collection.queries, &near),
        weights,
        fused: quality(weights.meaning),
        hybrid: judge(&collection.queries, &refined(&pools, snapshot, queries, collection, &weights)?),
        sweep: sweep.map(|weight| (weight, quality(weight))).collect(),
    })
}

fn fused(pools: &[Vec<Candidate>], weight: f32) -> Vec<Vec<u64>> {
    let order = |pool: &Vec<Candidate>| fuse(pool, weight).iter().map(|found| found.id).collect();
    pools.iter().map(order).collect()
}

/// The order that readers see.
fn refined(
    pools: &[Vec<Candidate>],
    snapshot: &Snapshot,
    queries: &[Query],
    collection: &Collection,
    weights: &FusionWeights,
) -> Result<Vec<Vec<u64>>> {
    let order = |(pool, query): (&Vec<Candidate>, &Query)| -> Result<Vec<u64>> {
        let mut fused = fuse(pool, weights.meaning);
        let words = snapshot.query_words(query)?;
        let cover = |found: &Fused| {
            let place = usize::try_from(found.id).unwrap_or(usize::MAX);
            let document = collection.documents.get(place);
            document.map(|document| words.cover(&document.title, &document.text)).unwrap_or_default()
        };
        let covers: Vec<Cover> = fused.iter().take(COVERED).map(cover).collect();
        refine(&mut fused, &covers, weights);
        Ok(fused.iter().map(|found| found.id).collect())
    };
    pools.iter().zip(queries).map(order).collect()
}

/// The vectors of all documents, one after the other: from the file as far as it has them, and then made and kept.
fn vectors(file: Option<&Path>, model: &Model, documents: &[JudgedDocument]) -> Result<Vec<f32>> {
    let dimensions = model.dimensions();
    let mut bytes = match file {
        Some(file) if file.is_file() => fs::read(file).with_context(|| file.display().to_string())?,
        _ => Vec::new(),
    };
    let width = dimensions * size_of::<f32>();
    ensure!(
        bytes.len().is_multiple_of(width) && bytes.len() / width <= documents.len(),
        "the file of vectors is of another collection or model"
    );
    while bytes.len() / width < documents.len() {
        let done = bytes.len() / width;
        say(&format!("embedding: {done} of {}", documents.len()));
        let batch = &documents[done..documents.len().min(done + EMBEDDED_AT_ONCE)];
        let texts: Vec<(&str, &str)> =
            batch.iter().map(|document| (document.title.as_str(), document.text.as_str())).collect();
        for vector in model.embed_documents(&texts) {
            bytes.extend(vector.iter().flat_map(|number| number.to_le_bytes()));
        }
        if let Some(file) = file {
            fs::write(file, &bytes).with_context(|| file.display().to_string())?;
        }
    }
    Ok(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn index(numbers: &[f32], dimensions: usize) -> Result<VectorIndex> {
    let mut vectors = VectorIndex::new(dimensions);
    for (vector, id) in numbers.chunks_exact(dimensions).zip(0..) {
        vectors.upsert(id, &QuantizedVector::new(vector))?;
    }
    Ok(vectors)
}
