//! What can be set.

use std::path::PathBuf;

use clap::Parser;

/// Measures the search crate: relevance on a judged collection, and speed on generated documents
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// A folder in BEIR's layout: corpus.jsonl, queries and judgements; without it, relevance is left out
    #[arg(long)]
    pub collection: Option<PathBuf>,
    /// The queries of the collection that are asked; weights are chosen on those for training
    #[arg(long, default_value = "train")]
    pub split: String,
    /// The folder of a model of sentence embeddings; without it, meaning is left out, and speed has random vectors
    #[arg(long)]
    pub model: Option<PathBuf>,
    /// A file that keeps the vectors of the collection, so that only the first run makes them; one for each model
    #[arg(long, requires = "model")]
    pub vectors: Option<PathBuf>,
    /// Generated documents; 0 leaves speed out
    #[arg(long, default_value_t = 100_000)]
    pub documents: u64,
    /// Import the generated documents into a service on SQLite, and search it through GraphQL, instead of the crate alone;
    /// needs the program sqlite3
    #[arg(long)]
    pub service: bool,
    /// Words of a generated document
    #[arg(long, default_value_t = 160, value_parser = clap::value_parser!(u32).range(20..=10_000))]
    pub words: u32,
    /// Different words of all generated documents
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1_000..=500_000))]
    pub vocabulary: u32,
    /// Vectors; as many as documents if it is not given
    #[arg(long)]
    pub vector_count: Option<u64>,
    /// Queries of one measurement
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub queries: u32,
    /// Clients that ask at the same time
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8], value_parser = clap::value_parser!(u32).range(1..=256))]
    pub clients: Vec<u32>,
}
