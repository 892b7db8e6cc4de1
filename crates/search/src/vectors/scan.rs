//! The loops over all vectors.
//!
//! Plain loops, compiled once more for AVX2, which multiplies sixteen pairs of 16 bits at a time.

#![expect(clippy::inline_always, reason = "loops are compiled where the instruction set is enabled")]

use pulp::{Arch, Simd, WithSimd};

use super::{
    block::{Block, PLACES, PlaceSet, for_each_place, signs},
    quantized::QuantizedQuery,
    top::Top,
};

/// A distance that no vector has.
const EXCLUDED: u16 = u16::MAX;

/// Pushes the score of each vector in the sets, one set a block.
pub(super) fn scan(arch: Arch, blocks: &[Block], sets: &[PlaceSet], query: &QuantizedQuery, top: &mut Top) {
    arch.dispatch(Scan { blocks, sets, query, top });
}

/// The product of a query and a document, as near as bytes come.
pub(super) fn score(arch: Arch, block: &Block, place: usize, query: &QuantizedQuery) -> f32 {
    arch.dispatch(Score { block, place, query })
}

/// The `count` places in the sets whose signs differ least from the query's, in any order.
pub(super) fn nearest_signs(
    arch: Arch,
    blocks: &[Block],
    sets: &[PlaceSet],
    query: &[u64],
    count: usize,
) -> Vec<(usize, usize)> {
    arch.dispatch(NearestSigns { blocks, sets, query, count })
}

struct Scan<'a> {
    blocks: &'a [Block],
    sets: &'a [PlaceSet],
    query: &'a QuantizedQuery,
    top: &'a mut Top,
}

impl WithSimd for Scan<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { blocks, sets, query, top } = self;
        for (block, set) in blocks.iter().zip(sets) {
            for_each_place(set, |place| top.push(block.ids[place], product(block, place, query)));
        }
    }
}

struct Score<'a> {
    block: &'a Block,
    place: usize,
    query: &'a QuantizedQuery,
}

impl WithSimd for Score<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f32 {
        product(self.block, self.place, self.query)
    }
}

#[inline(always)]
fn product(block: &Block, place: usize, query: &QuantizedQuery) -> f32 {
    let vector = block.vector(place, query.values.len());
    let sum: i32 = vector.iter().zip(&query.values).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
    #[expect(clippy::cast_precision_loss, reason = "24 bits of the sum are more than the bytes tell")]
    let sum = sum as f32;
    sum * block.scales[place] * query.scale
}

struct NearestSigns<'a> {
    blocks: &'a [Block],
    sets: &'a [PlaceSet],
    query: &'a [u64],
    count: usize,
}

impl WithSimd for NearestSigns<'_> {
    type Output = Vec<(usize, usize)>;

    /// Distances are small integers, so they are counted, and the largest that is needed follows from the counts.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<(usize, usize)> {
        let words = self.query.len();
        let mut distances = vec![EXCLUDED; self.blocks.len() * PLACES];
        let mut counts = vec![0_usize; words * u64::BITS as usize + 1];
        for ((block, set), distances) in self.blocks.iter().zip(self.sets).zip(distances.chunks_mut(PLACES)) {
            for_each_place(set, |place| {
                let own = &block.signs[place * words..][..words];
                let distance: u32 = own.iter().zip(self.query).map(|(a, b)| (a ^ b).count_ones()).sum();
                counts[distance as usize] += 1;
                distances[place] = u16::try_from(distance).unwrap_or(EXCLUDED);
            });
        }
        let (limit, mut room) = limit(&counts, self.count);
        let mut nearest = Vec::with_capacity(self.count);
        for (at, distance) in distances.into_iter().enumerate() {
            let is_at_limit = distance == limit && room > 0;
            if is_at_limit {
                room -= 1;
            }
            if distance < limit || is_at_limit {
                nearest.push((at / PLACES, at % PLACES));
            }
        }
        nearest
    }
}

/// The distance below which all are taken, and how many are taken at it.
fn limit(counts: &[usize], wanted: usize) -> (u16, usize) {
    let mut room = wanted;
    for (distance, count) in (0..).zip(counts) {
        if *count >= room {
            return (distance, room);
        }
        room -= count;
    }
    (EXCLUDED, 0)
}

/// The signs of a query, centred like those of the documents.
pub(super) fn query_signs(query: &[f32], mean: &[f32]) -> Vec<u64> {
    signs(query.iter().copied().zip(mean))
}
