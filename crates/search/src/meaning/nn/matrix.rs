//! Products with a matrix that was packed before.
//!
//! The weights of a model never change, so they are laid out once as the inner loop reads them: panels of
//! [`WIDTH`] columns. A general library packs them for each product, which costs as much as the product itself for a
//! query of twenty tokens. The left side is packed in blocks of [`HEIGHT`] rows, so a tile of 6 × 16 sums stays in the
//! registers of AVX2 (12 of 16) while [`DEPTH`] steps are added.

#![expect(clippy::inline_always, reason = "loops are compiled where the instruction set is enabled")]

use pulp::{Arch, Simd, WithSimd};

/// Columns of a panel.
const WIDTH: usize = 16;
/// Rows of a block.
const HEIGHT: usize = 6;
/// Steps at a time: a panel of so many takes 16 KiB, half of a first-level cache.
const DEPTH: usize = 256;

/// The right side of a product, `inner` × `columns`, in panels.
#[derive(Debug, Default)]
pub(in crate::meaning) struct Packed {
    inner: usize,
    columns: usize,
    panels: Vec<[f32; WIDTH]>,
}

impl Packed {
    /// Packs a matrix whose columns follow each other in `source`, each `stride` after the one before: weights as
    /// `PyTorch` keeps them, or the keys of a sequence.
    pub(in crate::meaning) fn set_columns(
        &mut self,
        source: &[f32],
        stride: usize,
        inner: usize,
        columns: usize,
    ) {
        self.reset(inner, columns);
        for (column, values) in source.chunks(stride).take(columns).enumerate() {
            let first = column / WIDTH * inner;
            for (row, value) in self.panels[first..first + inner].iter_mut().zip(values) {
                row[column % WIDTH] = *value;
            }
        }
    }

    /// Packs a matrix whose rows follow each other in `source`, each `stride` after the one before.
    pub(in crate::meaning) fn set_rows(
        &mut self,
        source: &[f32],
        stride: usize,
        inner: usize,
        columns: usize,
    ) {
        self.reset(inner, columns);
        for (row, values) in source.chunks(stride).take(inner).enumerate() {
            for (panel, values) in values[..columns].chunks(WIDTH).enumerate() {
                self.panels[panel * inner + row][..values.len()].copy_from_slice(values);
            }
        }
    }

    fn reset(&mut self, inner: usize, columns: usize) {
        (self.inner, self.columns) = (inner, columns);
        self.panels.clear();
        self.panels.resize(columns.div_ceil(WIDTH) * inner, [0.0; WIDTH]);
    }

    pub(in crate::meaning) fn inner(&self) -> usize {
        self.inner
    }

    pub(in crate::meaning) fn columns(&self) -> usize {
        self.columns
    }
}

/// The left side of a product in blocks of rows; its memory is used again by the next one.
#[derive(Debug, Default)]
pub(in crate::meaning) struct Left {
    rows: usize,
    inner: usize,
    blocks: Vec<[f32; HEIGHT]>,
}

impl Left {
    /// Packs `rows` rows of `inner` numbers, each `stride` after the one before.
    pub(in crate::meaning) fn set(&mut self, source: &[f32], stride: usize, rows: usize, inner: usize) {
        (self.rows, self.inner) = (rows, inner);
        self.blocks.clear();
        self.blocks.resize(rows.div_ceil(HEIGHT) * inner, [0.0; HEIGHT]);
        for (row, values) in source.chunks(stride).take(rows).enumerate() {
            let first = row / HEIGHT * inner;
            for (block, value) in self.blocks[first..first + inner].iter_mut().zip(values) {
                block[row % HEIGHT] = *value;
            }
        }
    }
}

/// Adds the product of both sides to `out`, whose rows are `stride` apart.
pub(in crate::meaning) fn add_product(
    arch: Arch,
    left: &Left,
    right: &Packed,
    out: &mut [f32],
    stride: usize,
) {
    debug_assert_eq!(left.inner, right.inner);
    arch.dispatch(AddProduct { left, right, out, stride });
}

struct AddProduct<'a> {
    left: &'a Left,
    right: &'a Packed,
    out: &'a mut [f32],
    stride: usize,
}

impl WithSimd for AddProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { left, right, out, stride } = self;
        let inner = right.inner;
        for start in (0..inner).step_by(DEPTH) {
            let depth = DEPTH.min(inner - start);
            for panel in 0..right.columns.div_ceil(WIDTH) {
                let column = panel * WIDTH;
                let width = WIDTH.min(right.columns - column);
                let steps = &right.panels[panel * inner + start..][..depth];
                for block in 0..left.rows.div_ceil(HEIGHT) {
                    let sums = tile::<S>(&left.blocks[block * inner + start..][..depth], steps);
                    let height = HEIGHT.min(left.rows - block * HEIGHT);
                    for (row, sums) in sums[..height].iter().enumerate() {
                        let out = &mut out[(block * HEIGHT + row) * stride + column..][..width];
                        for (out, sum) in out.iter_mut().zip(sums) {
                            *out += sum;
                        }
                    }
                }
            }
        }
    }
}

/// The product of a block of rows and a panel of columns.
#[inline(always)]
fn tile<S: Simd>(block: &[[f32; HEIGHT]], panel: &[[f32; WIDTH]]) -> [[f32; WIDTH]; HEIGHT] {
    let mut sums = [[0.0_f32; WIDTH]; HEIGHT];
    for (left, right) in block.iter().zip(panel) {
        for (sums, left) in sums.iter_mut().zip(left) {
            for (sum, right) in sums.iter_mut().zip(right) {
                // Without the instruction, `mul_add` would be a slow call.
                *sum = if S::IS_SCALAR { left * right + *sum } else { left.mul_add(*right, *sum) };
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        const NUMBERS: [f32; 7] = [-1.3, 0.2, 0.9, -0.4, 1.1, -0.05, 0.6];
        (0..count).map(|at| NUMBERS[(at * 37 + at / 7 + seed) % 7]).collect()
    }

    proptest! {
        #[test]
        fn products_equal_those_of_three_plain_loops(
            rows in 1_usize..20, inner in 1_usize..600, columns in 1_usize..40, gap in 0_usize..3,
        ) {
            let (a, b) = (numbers(rows * (inner + gap), 1), numbers(columns * (inner + gap), 2));
            let (mut left, mut by_columns) = (Left::default(), Packed::default());
            left.set(&a, inner + gap, rows, inner);
            by_columns.set_columns(&b, inner + gap, inner, columns);
            let turned: Vec<f32> =
                (0..inner * columns).map(|at| b[at % columns * (inner + gap) + at / columns]).collect();
            let mut by_rows = Packed::default();
            by_rows.set_rows(&turned, columns, inner, columns);
            let stride = columns + gap;
            let (mut out, mut other) = (vec![1.0; rows * stride], vec![1.0; rows * stride]);
            add_product(Arch::new(), &left, &by_columns, &mut out, stride);
            add_product(Arch::Scalar, &left, &by_rows, &mut other, stride);
            for row in 0..rows {
                for column in 0..stride {
                    let sum: f32 = if column >= columns { 0.0 } else {
                        (0..inner).map(|k| a[row * (inner + gap) + k] * b[column * (inner + gap) + k]).sum()
                    };
                    let at = row * stride + column;
                    prop_assert!((out[at] - 1.0 - sum).abs() < 0.01, "{} {}", out[at], sum);
                    prop_assert!((other[at] - 1.0 - sum).abs() < 0.01, "{} {}", other[at], sum);
                }
            }
        }
    }
}
