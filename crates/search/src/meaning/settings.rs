//! How a model is used: its shape, and the rules that its makers trained it with.
//!
//! The shape stands in `config.json`. The rules of a model known by name are in the table of [`manifest`]; those of
//! another are read from the files that sentence-transformers writes beside it.
//!
//! [`manifest`]: super::manifest

use std::path::Path;

use serde::Deserialize;

use super::{
    error::{ModelError, Result},
    manifest::{ModelKind, ModelManifest, Pooling},
    weights::read_json,
};

const MAX_FILE_BYTES: u64 = 1 << 20;
/// More than any BERT has; what is above is a mistake or an attack on memory.
const MAX_HIDDEN: usize = 4_096;
const MAX_INTERMEDIATE: usize = 16_384;
const MAX_LAYERS: usize = 48;
const MAX_POSITIONS: usize = 8_192;
/// Room for what stands around a text, a prefix and a few words.
const MIN_POSITIONS: usize = 8;
const MAX_VOCABULARY: usize = 1_000_000;

/// The part of `config.json` that says what a model was made for.
#[derive(Deserialize)]
struct Purpose {
    #[serde(default)]
    architectures: Vec<String>,
}

impl ModelKind {
    /// What the model in a folder is for: by the table of models, else by the architecture that `config.json` names.
    /// `None` if there is no model in it.
    #[must_use]
    pub fn of_folder(folder: &Path) -> Option<Self> {
        let purpose: Purpose = read_json(&folder.join("config.json"), MAX_FILE_BYTES).ok()?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if let Some(known) = ModelManifest::find(&name) {
            return Some(known.kind);
        }
        let is_classifier =
            purpose.architectures.iter().any(|name| name.ends_with("ForSequenceClassification"));
        Some(if is_classifier { Self::CrossEncoder } else { Self::Embedding })
    }
}

/// The shape of a BERT.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Shape {
    pub(super) hidden_size: usize,
    pub(super) intermediate_size: usize,
    pub(super) num_attention_heads: usize,
    pub(super) num_hidden_layers: usize,
    pub(super) max_position_embeddings: usize,
    pub(super) type_vocab_size: usize,
    pub(super) vocab_size: usize,
    #[serde(default = "default_epsilon")]
    pub(super) layer_norm_eps: f32,
    model_type: String,
    #[serde(default)]
    hidden_act: Option<String>,
    #[serde(default)]
    position_embedding_type: Option<String>,
}

fn default_epsilon() -> f32 {
    1e-12
}

impl Shape {
    /// Reads `config.json` of a folder.
    pub(super) fn load(folder: &Path) -> Result<Self> {
        let path = folder.join("config.json");
        let shape: Self = read_json(&path, MAX_FILE_BYTES)?;
        match shape.fault() {
            Some(reason) => Err(ModelError::Unsupported { path, reason: reason.to_owned() }),
            None => Ok(shape),
        }
    }

    fn fault(&self) -> Option<&'static str> {
        let is_within = |size: usize, max: usize| (1..=max).contains(&size);
        if self.model_type != "bert" {
            return Some("its model is not a BERT");
        }
        if self.hidden_act.as_deref().unwrap_or("gelu") != "gelu" {
            return Some("its activation is not GELU");
        }
        if self.position_embedding_type.as_deref().unwrap_or("absolute") != "absolute" {
            return Some("its positions are not absolute");
        }
        let sizes = [
            (self.hidden_size, MAX_HIDDEN),
            (self.intermediate_size, MAX_INTERMEDIATE),
            (self.num_hidden_layers, MAX_LAYERS),
            (self.max_position_embeddings, MAX_POSITIONS),
            (self.type_vocab_size, 16),
            (self.vocab_size, MAX_VOCABULARY),
            (self.num_attention_heads, self.hidden_size),
        ];
        if !sizes.into_iter().all(|(size, max)| is_within(size, max)) {
            return Some("a size in it is out of range");
        }
        if self.max_position_embeddings < MIN_POSITIONS {
            return Some("it has too few positions");
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Some("its heads do not share its width evenly");
        }
        (!self.layer_norm_eps.is_finite() || self.layer_norm_eps < 0.0).then_some("its epsilon is no number")
    }

    pub(super) fn head_size(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }
}

/// The rules of a model of sentence embeddings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) pooling: Pooling,
    pub(super) max_tokens: usize,
    pub(super) query_prefix: String,
}

#[derive(Deserialize)]
struct PoolingFile {
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
}

#[derive(Deserialize)]
struct LengthFile {
    max_seq_length: usize,
}

#[derive(Deserialize)]
struct PromptFile {
    #[serde(default)]
    prompts: Prompts,
}

#[derive(Default, Deserialize)]
struct Prompts {
    #[serde(default)]
    query: String,
}

impl Rules {
    pub(super) fn of(manifest: &ModelManifest) -> Self {
        Self {
            pooling: manifest.pooling,
            max_tokens: manifest.max_tokens,
            query_prefix: manifest.query_prefix.to_owned(),
        }
    }

    /// Reads what sentence-transformers wrote: the way of pooling must be there, the rest may be.
    pub(super) fn load(folder: &Path, shape: &Shape) -> Result<Self> {
        let path = folder.join("1_Pooling/config.json");
        let file: PoolingFile = read_json(&path, MAX_FILE_BYTES)?;
        let pooling = match (file.pooling_mode_cls_token, file.pooling_mode_mean_tokens) {
            (true, false) => Pooling::First,
            (false, true) => Pooling::Mean,
            _ => {
                let reason = "its pooling is neither the first token nor the mean".to_owned();
                return Err(ModelError::Unsupported { path, reason });
            }
        };
        let length = folder.join("sentence_bert_config.json");
        let max_tokens = if length.is_file() {
            read_json::<LengthFile>(&length, MAX_FILE_BYTES)?.max_seq_length
        } else {
            shape.max_position_embeddings
        };
        let prompts = folder.join("config_sentence_transformers.json");
        let query_prefix = if prompts.is_file() {
            read_json::<PromptFile>(&prompts, MAX_FILE_BYTES)?.prompts.query
        } else {
            String::new()
        };
        Ok(Self {
            pooling,
            max_tokens: max_tokens.clamp(MIN_POSITIONS, shape.max_position_embeddings.max(MIN_POSITIONS)),
            query_prefix,
        })
    }
}
