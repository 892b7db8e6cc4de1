//! A fixed number of places for vectors.
//!
//! Storage grows by blocks, so that it never takes twice what is in it, and nothing is moved.

#![expect(clippy::inline_always, reason = "loops are compiled where the instruction set is enabled")]

use super::quantized::QuantizedVector;

/// Places in a block.
pub(super) const PLACES: usize = 1024;
/// Bits of a word of a set of places or of signs.
pub(super) const WORD_BITS: usize = 64;
/// Words of a set of a block's places.
pub(super) const PLACE_WORDS: usize = PLACES / WORD_BITS;

/// The places of a block that are used, or that a query may find.
pub(super) type PlaceSet = [u64; PLACE_WORDS];

/// Vectors with their ids.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) used: PlaceSet,
    pub(super) ids: Vec<u64>,
    pub(super) scales: Vec<f32>,
    /// One vector after the other.
    pub(super) values: Vec<i8>,
    /// The signs of each vector, if the index is so large that it compares them first.
    pub(super) signs: Vec<u64>,
}

impl Block {
    pub(super) fn new(dimensions: usize) -> Self {
        Self {
            used: [0; PLACE_WORDS],
            ids: vec![0; PLACES],
            scales: vec![0.0; PLACES],
            values: vec![0; PLACES * dimensions],
            signs: Vec::new(),
        }
    }

    pub(super) fn set(&mut self, place: usize, id: u64, vector: &QuantizedVector) {
        let dimensions = vector.values.len();
        self.used[place / WORD_BITS] |= 1 << (place % WORD_BITS);
        self.ids[place] = id;
        self.scales[place] = vector.scale;
        self.values[place * dimensions..][..dimensions].copy_from_slice(&vector.values);
    }

    pub(super) fn clear(&mut self, place: usize) {
        self.used[place / WORD_BITS] &= !(1 << (place % WORD_BITS));
    }

    pub(super) fn vector(&self, place: usize, dimensions: usize) -> &[i8] {
        &self.values[place * dimensions..][..dimensions]
    }

    /// Makes room for signs.
    pub(super) fn reserve_signs(&mut self, words: usize) {
        self.signs.resize(PLACES * words, 0);
    }

    /// Notes which numbers of a vector are above the mean.
    pub(super) fn set_signs(&mut self, place: usize, mean: &[f32]) {
        let dimensions = mean.len();
        let words = sign_words(dimensions);
        let values = &self.values[place * dimensions..][..dimensions];
        let scale = self.scales[place];
        let signs = signs(values.iter().map(|value| f32::from(*value) * scale).zip(mean));
        for (to, word) in self.signs[place * words..][..words].iter_mut().zip(signs) {
            *to = word;
        }
    }

    /// All memory of the block in bytes.
    pub(super) fn memory(&self) -> usize {
        size_of::<Self>()
            + self.ids.capacity() * size_of::<u64>()
            + self.scales.capacity() * size_of::<f32>()
            + self.values.capacity()
            + self.signs.capacity() * size_of::<u64>()
    }
}

/// Words that the signs of a vector take.
pub(super) fn sign_words(dimensions: usize) -> usize {
    dimensions.div_ceil(WORD_BITS)
}

/// A bit for each number: whether it is above the mean of its dimension.
pub(super) fn signs<'a>(numbers: impl ExactSizeIterator<Item = (f32, &'a f32)>) -> Vec<u64> {
    let mut words = vec![0; sign_words(numbers.len())];
    for (at, (number, mean)) in numbers.enumerate() {
        words[at / WORD_BITS] |= u64::from(number > *mean) << (at % WORD_BITS);
    }
    words
}

/// Calls with each place of a set, in order.
#[inline(always)]
pub(super) fn for_each_place(set: &PlaceSet, mut call: impl FnMut(usize)) {
    for (word, bits) in set.iter().enumerate() {
        let mut bits = *bits;
        while bits != 0 {
            call(word * WORD_BITS + bits.trailing_zeros() as usize);
            bits &= bits - 1;
        }
    }
}
