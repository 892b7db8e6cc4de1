//! BERT's forward pass.
//!
//! Texts of a batch stand one after the other in one matrix, each with as many rows as it has tokens: the products with
//! the weights run over all rows at once, attention over those of each text. So nothing is padded, and a text's result
//! does not depend on what it is batched with.

use pulp::Arch;

use super::{
    error::Result,
    nn::{
        functions::{gelu, layer_norm, softmax},
        matrix::{Left, Packed, add_product},
    },
    settings::Shape,
    tokenizer::Token,
    weights::WeightFile,
};

/// The tokens of a text with their beginning and end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sequence {
    pub(super) tokens: Vec<Token>,
    /// From here on the tokens are of the second of two texts.
    pub(super) second_at: usize,
}

/// An encoder with its weights.
#[derive(Debug)]
pub(super) struct Bert {
    pub(super) shape: Shape,
    arch: Arch,
    words: Vec<f32>,
    positions: Vec<f32>,
    types: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Layer {
    /// Query, key and value beside each other.
    attention: Linear,
    attention_out: Linear,
    attention_norm: Norm,
    expand: Linear,
    contract: Linear,
    out_norm: Norm,
}

#[derive(Debug)]
struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

/// A product with weights, plus a bias.
#[derive(Debug)]
pub(super) struct Linear {
    weights: Packed,
    bias: Vec<f32>,
}

/// Memory that is used again by each layer.
#[derive(Debug, Default)]
struct Scratch {
    left: Left,
    projected: Vec<f32>,
    context: Vec<f32>,
    added: Vec<f32>,
    expanded: Vec<f32>,
    scores: Vec<f32>,
    right: Packed,
}

impl Bert {
    pub(super) fn load(file: &mut WeightFile, shape: Shape) -> Result<Self> {
        let hidden = shape.hidden_size;
        let words = file.read("embeddings.word_embeddings.weight", &[shape.vocab_size, hidden])?;
        let positions =
            file.read("embeddings.position_embeddings.weight", &[shape.max_position_embeddings, hidden])?;
        let types = file.read("embeddings.token_type_embeddings.weight", &[shape.type_vocab_size, hidden])?;
        let norm = Norm::load(file, "embeddings.LayerNorm", &shape)?;
        let layers =
            (0..shape.num_hidden_layers).map(|at| Layer::load(file, at, &shape)).collect::<Result<_>>()?;
        Ok(Self { arch: Arch::new(), words, positions, types, norm, layers, shape })
    }

    /// The last hidden states of all tokens, text after text.
    pub(super) fn forward(&self, sequences: &[Sequence]) -> Vec<f32> {
        let lengths: Vec<_> = sequences.iter().map(|sequence| sequence.tokens.len()).collect();
        let mut states = self.embed(sequences);
        let mut scratch = Scratch::default();
        for layer in &self.layers {
            layer.apply(self.arch, &self.shape, &lengths, &mut states, &mut scratch);
        }
        states
    }

    fn embed(&self, sequences: &[Sequence]) -> Vec<f32> {
        let width = self.shape.hidden_size;
        let rows = sequences.iter().map(|sequence| sequence.tokens.len()).sum::<usize>();
        let mut states = Vec::with_capacity(rows * width);
        for sequence in sequences {
            for (at, token) in sequence.tokens.iter().enumerate() {
                let word = row(&self.words, *token as usize, width);
                let position = row(&self.positions, at, width);
                let kind = row(&self.types, usize::from(at >= sequence.second_at), width);
                states.extend(word.iter().zip(position).zip(kind).map(|((word, at), kind)| word + at + kind));
            }
        }
        self.norm.apply(self.arch, &mut states);
        states
    }

    pub(super) fn arch(&self) -> Arch {
        self.arch
    }
}

fn row(matrix: &[f32], at: usize, width: usize) -> &[f32] {
    &matrix[at * width..][..width]
}

impl Layer {
    fn load(file: &mut WeightFile, at: usize, shape: &Shape) -> Result<Self> {
        let (hidden, wide) = (shape.hidden_size, shape.intermediate_size);
        let name = |part: &str| format!("encoder.layer.{at}.{part}");
        let mut weights = Vec::with_capacity(3 * hidden * hidden);
        let mut bias = Vec::with_capacity(3 * hidden);
        for part in ["query", "key", "value"] {
            weights.extend(file.read(&name(&format!("attention.self.{part}.weight")), &[hidden, hidden])?);
            bias.extend(file.read(&name(&format!("attention.self.{part}.bias")), &[hidden])?);
        }
        Ok(Self {
            attention: Linear::new(&weights, bias, hidden),
            attention_out: Linear::load(file, &name("attention.output.dense"), hidden, hidden)?,
            attention_norm: Norm::load(file, &name("attention.output.LayerNorm"), shape)?,
            expand: Linear::load(file, &name("intermediate.dense"), hidden, wide)?,
            contract: Linear::load(file, &name("output.dense"), wide, hidden)?,
            out_norm: Norm::load(file, &name("output.LayerNorm"), shape)?,
        })
    }

    fn apply(&self, arch: Arch, shape: &Shape, lengths: &[usize], states: &mut [f32], scratch: &mut Scratch) {
        self.attention.apply(arch, states, &mut scratch.left, &mut scratch.projected);
        scratch.attend(arch, shape, lengths);
        self.attention_out.apply(arch, &scratch.context, &mut scratch.left, &mut scratch.added);
        add(states, &scratch.added);
        self.attention_norm.apply(arch, states);
        self.expand.apply(arch, states, &mut scratch.left, &mut scratch.expanded);
        gelu(arch, &mut scratch.expanded);
        self.contract.apply(arch, &scratch.expanded, &mut scratch.left, &mut scratch.added);
        add(states, &scratch.added);
        self.out_norm.apply(arch, states);
    }
}

impl Scratch {
    /// Each token's mean of the values of its text, weighted by how its query fits their keys.
    fn attend(&mut self, arch: Arch, shape: &Shape, lengths: &[usize]) {
        let (width, head_size) = (shape.hidden_size, shape.head_size());
        #[expect(clippy::cast_precision_loss, reason = "the width of a head is a small number")]
        let scale = 1.0 / (head_size as f32).sqrt();
        self.context.clear();
        self.context.resize(lengths.iter().sum::<usize>() * width, 0.0);
        let mut first = 0;
        for &length in lengths {
            let projected = &self.projected[first * 3 * width..][..length * 3 * width];
            let context = &mut self.context[first * width..][..length * width];
            for at in (0..width).step_by(head_size) {
                self.left.set(&projected[at..], 3 * width, length, head_size);
                self.right.set_columns(&projected[width + at..], 3 * width, head_size, length);
                self.scores.clear();
                self.scores.resize(length * length, 0.0);
                add_product(arch, &self.left, &self.right, &mut self.scores, length);
                softmax(arch, &mut self.scores, length, scale);
                self.left.set(&self.scores, length, length, length);
                self.right.set_rows(&projected[2 * width + at..], 3 * width, length, head_size);
                add_product(arch, &self.left, &self.right, &mut context[at..], width);
            }
            first += length;
        }
    }
}

impl Norm {
    fn load(file: &mut WeightFile, name: &str, shape: &Shape) -> Result<Self> {
        let hidden = shape.hidden_size;
        let weight = file.read(&format!("{name}.weight"), &[hidden])?;
        let bias = file.read(&format!("{name}.bias"), &[hidden])?;
        Ok(Self { weight, bias, epsilon: shape.layer_norm_eps })
    }

    fn apply(&self, arch: Arch, rows: &mut [f32]) {
        layer_norm(arch, rows, &self.weight, &self.bias, self.epsilon);
    }
}

impl Linear {
    fn load(file: &mut WeightFile, name: &str, inner: usize, columns: usize) -> Result<Self> {
        let weights = file.read(&format!("{name}.weight"), &[columns, inner])?;
        let bias = file.read(&format!("{name}.bias"), &[columns])?;
        Ok(Self::new(&weights, bias, inner))
    }

    pub(super) fn new(weights: &[f32], bias: Vec<f32>, inner: usize) -> Self {
        let mut packed = Packed::default();
        packed.set_columns(weights, inner, inner, bias.len());
        Self { weights: packed, bias }
    }

    pub(super) fn apply(&self, arch: Arch, rows: &[f32], left: &mut Left, out: &mut Vec<f32>) {
        let (inner, columns) = (self.weights.inner(), self.weights.columns());
        let count = rows.len() / inner;
        left.set(rows, inner, count, inner);
        out.clear();
        for _ in 0..count {
            out.extend_from_slice(&self.bias);
        }
        add_product(arch, left, &self.weights, out, columns);
    }
}

fn add(states: &mut [f32], added: &[f32]) {
    for (state, added) in states.iter_mut().zip(added) {
        *state += added;
    }
}
