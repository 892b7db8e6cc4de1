//! A model of sentence embeddings.

use std::path::Path;

use super::{
    bert::{Bert, Sequence},
    error::{ModelError, Result},
    install::{check_sizes, sha256},
    manifest::{ModelKind, ModelManifest, Pooling},
    settings::{Rules, Shape},
    tokenizer::{Token, Tokenizer},
    weights::WeightFile,
};

/// Tokens of a batch: its states fit into a second-level cache, and the weights are read once for so many.
const BATCH_TOKENS: usize = 256;
/// Tokens that stand around a text.
const MARKS: usize = 2;

/// A loaded model, for any number of threads.
#[derive(Debug)]
pub struct Model {
    name: String,
    revision: String,
    manifest: Option<&'static ModelManifest>,
    tokenizer: Tokenizer,
    bert: Bert,
    rules: Rules,
    prefix: Vec<Token>,
}

impl Model {
    /// Loads the model in a folder. If the folder has the name of a known model, the table says how that is used, and
    /// its files must have their sizes; else the files say it that sentence-transformers writes beside the weights.
    ///
    /// # Errors
    /// What is wrong with a file of the folder.
    pub fn load(folder: &Path) -> Result<Self> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let manifest = ModelManifest::find(&name);
        if let Some(manifest) = manifest {
            if manifest.kind != ModelKind::Embedding {
                let reason = "it is not a model of embeddings".to_owned();
                return Err(ModelError::Unsupported { path: folder.to_owned(), reason });
            }
            check_sizes(manifest, folder)?;
        }
        let shape = Shape::load(folder)?;
        let rules = match manifest {
            Some(manifest) => Rules::of(manifest),
            None => Rules::load(folder, &shape)?,
        };
        let tokenizer = Tokenizer::load(folder, shape.vocab_size)?;
        let revision = match manifest {
            Some(manifest) => manifest.revision.to_owned(),
            None => sha256(&folder.join("model.safetensors"))?,
        };
        let bert = Bert::load(&mut WeightFile::open(folder)?, shape)?;
        let prefix = tokenizer.tokens(&rules.query_prefix, rules.max_tokens / 2);
        Ok(Self { name, revision, manifest, tokenizer, bert, rules, prefix })
    }

    /// The name of its folder.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its vectors are made with: a commit, or the SHA-256 of the weights of a model that is not in the table.
    #[must_use]
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// Its entry in the table of known models.
    #[must_use]
    pub fn manifest(&self) -> Option<&'static ModelManifest> {
        self.manifest
    }

    /// The length of a vector.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.bert.shape.hidden_size
    }

    /// The vector of a query, of length one.
    #[must_use]
    pub fn embed_query(&self, query: &str) -> Vec<f32> {
        let mut sequence = self.begin();
        sequence.tokens.extend(&self.prefix);
        let rest = self.rules.max_tokens - MARKS - self.prefix.len();
        sequence.tokens.extend(self.tokenizer.tokens(query, rest));
        let sequence = self.end(sequence);
        self.embed(&[sequence]).pop().unwrap_or_default()
    }

    /// The vectors of documents with a title and an abstract, each of length one.
    #[must_use]
    pub fn embed_documents(&self, documents: &[(&str, &str)]) -> Vec<Vec<f32>> {
        let sequences = documents.iter().map(|(title, text)| self.document(title, text));
        let mut vectors = Vec::with_capacity(documents.len());
        let (mut batch, mut tokens) = (Vec::new(), 0);
        for sequence in sequences {
            if tokens + sequence.tokens.len() > BATCH_TOKENS && !batch.is_empty() {
                vectors.append(&mut self.embed(&batch));
                batch.clear();
                tokens = 0;
            }
            tokens += sequence.tokens.len();
            batch.push(sequence);
        }
        vectors.append(&mut self.embed(&batch));
        vectors
    }

    fn begin(&self) -> Sequence {
        Sequence { tokens: vec![self.tokenizer.first], second_at: usize::MAX }
    }

    fn end(&self, mut sequence: Sequence) -> Sequence {
        sequence.tokens.push(self.tokenizer.separator);
        sequence
    }

    /// "Title. Abstract", without a second full stop.
    fn document(&self, title: &str, text: &str) -> Sequence {
        let mut sequence = self.begin();
        let title = title.trim_end();
        let stop = if title.is_empty() || title.ends_with(['.', '?', '!']) { " " } else { ". " };
        for part in [title, stop, text] {
            let rest = self.rules.max_tokens - 1 - sequence.tokens.len();
            sequence.tokens.extend(self.tokenizer.tokens(part, rest));
        }
        self.end(sequence)
    }

    fn embed(&self, batch: &[Sequence]) -> Vec<Vec<f32>> {
        let width = self.dimensions();
        let states = self.bert.forward(batch);
        let mut first = 0;
        batch
            .iter()
            .map(|sequence| {
                let rows = &states[first * width..][..sequence.tokens.len() * width];
                first += sequence.tokens.len();
                let mut vector = match self.rules.pooling {
                    Pooling::First => rows[..width].to_vec(),
                    Pooling::Mean => sum(rows, width),
                };
                normalize(&mut vector);
                vector
            })
            .collect()
    }
}

/// The mean but for its length, which is made one anyway.
fn sum(rows: &[f32], width: usize) -> Vec<f32> {
    let mut sum = vec![0.0; width];
    for row in rows.chunks_exact(width) {
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += value;
        }
    }
    sum
}

fn normalize(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        for value in vector {
            *value /= length;
        }
    }
}
