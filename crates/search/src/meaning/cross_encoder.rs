//! A model that reads a query and a document together and judges how well they fit.
//!
//! It costs as much as an embedding for each pair, so it reorders the best few of what was found otherwise.

use std::path::Path;

use super::{
    bert::{Bert, Linear, Sequence},
    error::Result,
    manifest::ModelManifest,
    nn::matrix::Left,
    settings::Shape,
    tokenizer::Tokenizer,
    weights::WeightFile,
};

/// Tokens that stand around two texts.
const MARKS: usize = 3;

/// A loaded cross-encoder, for any number of threads.
#[derive(Debug)]
pub struct CrossEncoder {
    tokenizer: Tokenizer,
    bert: Bert,
    max_tokens: usize,
    pooler: Linear,
    classifier: Linear,
}

impl CrossEncoder {
    /// Loads the model in a folder.
    ///
    /// # Errors
    /// What is wrong with a file of the folder.
    pub fn load(folder: &Path) -> Result<Self> {
        let shape = Shape::load(folder)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let max_tokens = ModelManifest::find(&name).map_or(512, |manifest| manifest.max_tokens);
        let max_tokens = max_tokens.min(shape.max_position_embeddings);
        let tokenizer = Tokenizer::load(folder, shape.vocab_size)?;
        let hidden = shape.hidden_size;
        let mut file = WeightFile::open(folder)?;
        let pooler = file.read("pooler.dense.weight", &[hidden, hidden])?;
        let pooler = Linear::new(&pooler, file.read("pooler.dense.bias", &[hidden])?, hidden);
        let classifier = file.read_full("classifier.weight", &[1, hidden])?;
        let classifier = Linear::new(&classifier, file.read_full("classifier.bias", &[1])?, hidden);
        Ok(Self { tokenizer, max_tokens, pooler, classifier, bert: Bert::load(&mut file, shape)? })
    }

    /// How well each document fits the query: any number, the larger the better.
    #[must_use]
    pub fn score(&self, query: &str, documents: &[&str]) -> Vec<f32> {
        documents.iter().map(|document| self.score_pair(&self.pair(query, document))).collect()
    }

    fn score_pair(&self, pair: &Sequence) -> f32 {
        let states = self.bert.forward(std::slice::from_ref(pair));
        let (mut left, mut pooled, mut score) = (Left::default(), Vec::new(), Vec::new());
        let first = &states[..self.bert.shape.hidden_size];
        self.pooler.apply(self.bert.arch(), first, &mut left, &mut pooled);
        for value in &mut pooled {
            *value = value.tanh();
        }
        self.classifier.apply(self.bert.arch(), &pooled, &mut left, &mut score);
        score.first().copied().unwrap_or_default()
    }

    /// Both texts with what stands around them; the longer one is cut first.
    fn pair(&self, query: &str, document: &str) -> Sequence {
        let room = self.max_tokens.saturating_sub(MARKS);
        let mut query = self.tokenizer.tokens(query, room);
        let mut document = self.tokenizer.tokens(document, room);
        if query.len() + document.len() > room {
            let for_query = query.len().min(room.saturating_sub(document.len()).max(room / 2));
            query.truncate(for_query);
            document.truncate(room - for_query);
        }
        let mut tokens = Vec::with_capacity(query.len() + document.len() + MARKS);
        tokens.push(self.tokenizer.first);
        tokens.append(&mut query);
        tokens.push(self.tokenizer.separator);
        let second_at = tokens.len();
        tokens.append(&mut document);
        tokens.push(self.tokenizer.separator);
        Sequence { tokens, second_at }
    }
}
