//! The index of vectors by the ids of their documents.

use std::collections::HashMap;

use pulp::Arch;

use super::{
    block::{Block, PLACES, PlaceSet, WORD_BITS, for_each_place, sign_words},
    quantized::{QuantizedQuery, QuantizedVector},
    scan::{nearest_signs, query_signs, scan, score},
    top::Top,
};

/// Up to so many vectors every product is computed.
pub const EXACT_MAX: usize = 500_000;
/// Candidates whose products are computed if there are more vectors: of the ten nearest, 0.995 are among them.
const CANDIDATES: usize = 10_000;
/// Candidates for each vector that is asked for, if it is many.
const CANDIDATES_FOR_EACH: usize = 20;
/// If a filter leaves no more than this, all of them are computed. Scattered vectors cost ten times as much as those
/// that follow each other, so this is little more than the candidates.
const FILTERED_EXACT_MAX: usize = 2 * CANDIDATES;

/// A vector or query has not the dimensions of the index.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the vector has {found} dimensions; the index has {expected}")]
pub struct WrongDimensions {
    /// Of the index.
    pub expected: usize,
    /// Of the vector.
    pub found: usize,
}

/// Vectors in memory, for many readers or one writer at a time.
#[derive(Debug)]
pub struct VectorIndex {
    dimensions: usize,
    exact_max: usize,
    arch: Arch,
    blocks: Vec<Block>,
    ordinals: HashMap<u64, u32>,
    free: Vec<u32>,
    signs: Option<Signs>,
}

/// What the signs are those of differences to.
#[derive(Debug)]
struct Signs {
    mean: Vec<f32>,
    /// Vectors when the mean was taken; it is taken anew if they have doubled.
    count: usize,
}

impl VectorIndex {
    /// An empty index.
    #[must_use]
    pub fn new(dimensions: usize) -> Self {
        Self::with_exact_max(dimensions, EXACT_MAX)
    }

    pub(super) fn with_exact_max(dimensions: usize, exact_max: usize) -> Self {
        Self {
            dimensions,
            exact_max,
            arch: Arch::new(),
            blocks: Vec::new(),
            ordinals: HashMap::new(),
            free: Vec::new(),
            signs: None,
        }
    }

    /// Vectors in the index.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ordinals.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ordinals.is_empty()
    }

    /// The length of a vector.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Whether a document has a vector.
    #[must_use]
    pub fn contains(&self, id: u64) -> bool {
        self.ordinals.contains_key(&id)
    }

    /// The memory that it takes in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        // A table of hashes has a byte of control for each entry.
        let entry = size_of::<(u64, u32)>() + 1;
        self.blocks.iter().map(Block::memory).sum::<usize>()
            + self.ordinals.capacity() * entry * 8 / 7
            + self.free.capacity() * size_of::<u32>()
            + self.dimensions * size_of::<f32>()
    }

    /// Adds a document's vector or replaces it.
    ///
    /// # Errors
    /// [`WrongDimensions`]
    pub fn upsert(&mut self, id: u64, vector: &QuantizedVector) -> Result<(), WrongDimensions> {
        self.check(vector.values.len())?;
        let ordinal = match self.ordinals.get(&id) {
            Some(ordinal) => *ordinal,
            None => self.take_ordinal(),
        };
        self.ordinals.insert(id, ordinal);
        let (block, place) = split(ordinal);
        self.blocks[block].set(place, id, vector);
        self.update_signs(block, place);
        Ok(())
    }

    /// Removes a document's vector, and says whether it had one.
    pub fn remove(&mut self, id: u64) -> bool {
        let Some(ordinal) = self.ordinals.remove(&id) else { return false };
        let (block, place) = split(ordinal);
        self.blocks[block].clear(place);
        self.free.push(ordinal);
        true
    }

    /// The documents whose vectors have the largest products with the query's, best first: of length one, those with
    /// the smallest angles to it. Only documents that the filter lets through count.
    ///
    /// # Errors
    /// [`WrongDimensions`]
    pub fn nearest(
        &self,
        query: &[f32],
        count: usize,
        filter: Option<&dyn Fn(u64) -> bool>,
    ) -> Result<Vec<(u64, f32)>, WrongDimensions> {
        self.check(query.len())?;
        let quantized = QuantizedQuery::new(query);
        let mut top = Top::new(count);
        let sets = self.allowed(filter);
        match &self.signs {
            Some(signs) if filter.is_none() || size(&sets) > FILTERED_EXACT_MAX.min(self.exact_max) => {
                let wanted = CANDIDATES.max(count.saturating_mul(CANDIDATES_FOR_EACH)).min(self.len());
                let query = query_signs(query, &signs.mean);
                for (block, place) in nearest_signs(self.arch, &self.blocks, &sets, &query, wanted) {
                    let block = &self.blocks[block];
                    top.push(block.ids[place], score(self.arch, block, place, &quantized));
                }
            }
            _ => scan(self.arch, &self.blocks, &sets, &quantized, &mut top),
        }
        Ok(top.into_sorted())
    }

    /// The product of each document's vector with the query's, if it has one.
    ///
    /// # Errors
    /// [`WrongDimensions`]
    pub fn score(&self, query: &[f32], ids: &[u64]) -> Result<Vec<Option<f32>>, WrongDimensions> {
        self.check(query.len())?;
        let query = QuantizedQuery::new(query);
        let score_one = |id: &u64| {
            let (block, place) = split(*self.ordinals.get(id)?);
            Some(score(self.arch, &self.blocks[block], place, &query))
        };
        Ok(ids.iter().map(score_one).collect())
    }

    /// A document's vector, to find those near to it.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<QuantizedVector> {
        let (block, place) = split(*self.ordinals.get(&id)?);
        let block = &self.blocks[block];
        let values = block.vector(place, self.dimensions).to_vec();
        Some(QuantizedVector { scale: block.scales[place], values })
    }

    fn check(&self, found: usize) -> Result<(), WrongDimensions> {
        if found == self.dimensions {
            return Ok(());
        }
        Err(WrongDimensions { expected: self.dimensions, found })
    }

    fn take_ordinal(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            let ordinal = self.ordinals.len();
            if ordinal / PLACES == self.blocks.len() {
                let mut block = Block::new(self.dimensions);
                if self.signs.is_some() {
                    block.reserve_signs(sign_words(self.dimensions));
                }
                self.blocks.push(block);
            }
            // 2³² vectors of a byte do not fit into the memory of a machine.
            u32::try_from(ordinal).unwrap_or(u32::MAX)
        })
    }

    /// Keeps the signs of what was just set, and those of all if the index has become large.
    fn update_signs(&mut self, block: usize, place: usize) {
        let count = self.ordinals.len();
        match &self.signs {
            Some(signs) if count < signs.count.saturating_mul(2) => {
                self.blocks[block].set_signs(place, &signs.mean);
            }
            None if count <= self.exact_max => {}
            _ => self.take_all_signs(),
        }
    }

    fn take_all_signs(&mut self) {
        let mean = self.mean();
        for block in &mut self.blocks {
            block.reserve_signs(sign_words(self.dimensions));
            let used = block.used;
            for_each_place(&used, |place| block.set_signs(place, &mean));
        }
        self.signs = Some(Signs { mean, count: self.ordinals.len() });
    }

    fn mean(&self) -> Vec<f32> {
        let mut sums = vec![0.0_f64; self.dimensions];
        for block in &self.blocks {
            for_each_place(&block.used, |place| {
                let scale = f64::from(block.scales[place]);
                for (sum, value) in sums.iter_mut().zip(block.vector(place, self.dimensions)) {
                    *sum += f64::from(*value) * scale;
                }
            });
        }
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a mean of many")]
        let mean = sums.into_iter().map(|sum| (sum / self.len().max(1) as f64) as f32).collect();
        mean
    }

    /// The places that may be found, by block.
    fn allowed(&self, filter: Option<&dyn Fn(u64) -> bool>) -> Vec<PlaceSet> {
        let Some(filter) = filter else {
            return self.blocks.iter().map(|block| block.used).collect();
        };
        let allowed = |block: &Block| {
            let mut set = PlaceSet::default();
            for_each_place(&block.used, |place| {
                set[place / WORD_BITS] |= u64::from(filter(block.ids[place])) << (place % WORD_BITS);
            });
            set
        };
        self.blocks.iter().map(allowed).collect()
    }
}

fn size(sets: &[PlaceSet]) -> usize {
    sets.iter().flatten().map(|word| word.count_ones() as usize).sum()
}

/// The block and the place in it.
fn split(ordinal: u32) -> (usize, usize) {
    let ordinal = ordinal as usize;
    (ordinal / PLACES, ordinal % PLACES)
}
