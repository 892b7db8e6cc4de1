//! What stands between the products: softmax, GELU, layer normalisation.
//!
//! The library's `exp` and `erf` take one number at a time; these are polynomials without branches, so that eight are
//! computed together. Sums run in [`LANES`] lanes, because the order of additions of numbers is part of their result
//! and the compiler must not change it.

#![expect(clippy::inline_always, reason = "loops are compiled where the instruction set is enabled")]

use pulp::{Arch, Simd, WithSimd};

/// Lanes of a sum.
const LANES: usize = 8;

/// Turns scores into weights that add up to one.
pub(in crate::meaning) fn softmax(arch: Arch, rows: &mut [f32], columns: usize, scale: f32) {
    arch.dispatch(Softmax { rows, columns, scale });
}

/// The activation of BERT, by the error function.
pub(in crate::meaning) fn gelu(arch: Arch, values: &mut [f32]) {
    arch.dispatch(Gelu { values });
}

/// Gives each row the mean 0 and the variance 1, then scales and shifts it by learnt numbers.
pub(in crate::meaning) fn layer_norm(
    arch: Arch,
    rows: &mut [f32],
    weight: &[f32],
    bias: &[f32],
    epsilon: f32,
) {
    arch.dispatch(LayerNorm { rows, weight, bias, epsilon });
}

struct Softmax<'a> {
    rows: &'a mut [f32],
    columns: usize,
    scale: f32,
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { rows, columns, scale } = self;
        for row in rows.chunks_exact_mut(columns) {
            let max = max(row);
            for value in row.iter_mut() {
                *value = exp((*value - max) * scale);
            }
            let inverse = 1.0 / sum(row);
            for value in row.iter_mut() {
                *value *= inverse;
            }
        }
    }
}

struct Gelu<'a> {
    values: &'a mut [f32],
}

impl WithSimd for Gelu<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for value in self.values {
            *value = 0.5 * *value * (1.0 + erf(*value * std::f32::consts::FRAC_1_SQRT_2));
        }
    }
}

struct LayerNorm<'a> {
    rows: &'a mut [f32],
    weight: &'a [f32],
    bias: &'a [f32],
    epsilon: f32,
}

impl WithSimd for LayerNorm<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { rows, weight, bias, epsilon } = self;
        #[expect(clippy::cast_precision_loss, reason = "the width of a model is a small number")]
        let count = weight.len() as f32;
        for row in rows.chunks_exact_mut(weight.len()) {
            let mean = sum(row) / count;
            for value in row.iter_mut() {
                *value -= mean;
            }
            let variance = sum_of_squares(row) / count;
            let inverse = 1.0 / (variance + epsilon).sqrt();
            for ((value, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
                *value = *value * inverse * weight + bias;
            }
        }
    }
}

/// Joins all values in lanes, then the lanes.
#[inline(always)]
fn fold(values: &[f32], start: f32, map: impl Fn(f32) -> f32, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [start; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = join(*lane, map(*value));
        }
    }
    let joined = lanes.into_iter().fold(start, &join);
    rest.iter().fold(joined, |joined, value| join(joined, map(*value)))
}

#[inline(always)]
fn max(values: &[f32]) -> f32 {
    fold(values, f32::NEG_INFINITY, |x| x, |max, x| if x > max { x } else { max })
}

#[inline(always)]
fn sum(values: &[f32]) -> f32 {
    fold(values, 0.0, |x| x, |sum, x| sum + x)
}

#[inline(always)]
fn sum_of_squares(values: &[f32]) -> f32 {
    fold(values, 0.0, |x| x * x, |sum, x| sum + x)
}

/// `e^x` within 2 units in the last place, clamped to what is finite and normal.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Added to a small number, it rounds it to an integer, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let power = rounded - ROUND;
    let rest = x - power * LN_2_HIGH - power * LN_2_LOW;
    let mut sum = 1.987_569_2e-4;
    for factor in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        sum = sum * rest + factor;
    }
    let mantissa = sum * rest * rest + rest + 1.0;
    mantissa * f32::from_bits(rounded.to_bits().wrapping_shl(23).wrapping_add(127 << 23))
}

/// The error function within 3e-7 (Abramowitz and Stegun, 7.1.26).
#[inline(always)]
fn erf(x: f32) -> f32 {
    let size = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * size);
    let mut sum = 1.061_405_4;
    for factor in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        sum = sum * t + factor;
    }
    (1.0 - sum * t * exp(-size * size)).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_equals_the_librarys() {
        for step in -8_700_i16..=8_800 {
            let x = f32::from(step) / 100.0;
            let expected = f64::from(x).exp();
            assert!((f64::from(exp(x)) / expected - 1.0).abs() < 4e-7, "exp({x}) = {}", exp(x));
        }
        assert!(exp(-1e30) < 1e-37 && exp(f32::NEG_INFINITY) < 1e-37);
        assert!(exp(1e30).is_finite());
    }

    #[test]
    fn erf_equals_tabulated_values() {
        for (x, expected) in [
            (0.0_f32, 0.0_f64),
            (0.1, 0.112_462_916),
            (0.5, 0.520_499_878),
            (1.0, 0.842_700_793),
            (1.5, 0.966_105_146),
            (2.0, 0.995_322_265),
            (3.0, 0.999_977_910),
            (9.0, 1.0),
        ] {
            assert!((f64::from(erf(x)) - expected).abs() < 5e-7, "erf({x}) = {}", erf(x));
            assert!((f64::from(erf(-x)) + expected).abs() < 5e-7, "erf(-{x}) = {}", erf(-x));
        }
    }

    #[test]
    fn normalised_rows_have_the_mean_and_deviation_that_was_learnt() {
        let weight = [2.0; 19];
        let mut rows: Vec<f32> = (0..38_u16).map(|at| f32::from((at * at) % 29) - 3.0).collect();
        layer_norm(Arch::new(), &mut rows, &weight, &[0.5; 19], 1e-12);
        for row in rows.chunks(19) {
            let mean = row.iter().sum::<f32>() / 19.0;
            let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 19.0;
            assert!((mean - 0.5).abs() < 1e-5 && (variance - 4.0).abs() < 1e-4, "{mean} {variance}");
        }
    }

    #[test]
    fn softmax_makes_weights_of_any_scores() {
        let mut rows = vec![1000.0, 0.0, -1000.0, 1.0, 1.0, 1.0, 0.0, 0.0, 3_f32.ln()];
        softmax(Arch::new(), &mut rows, 3, 1.0);
        let expected = [1.0, 0.0, 0.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 0.2, 0.2, 0.6];
        for (found, expected) in rows.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{rows:?}");
        }
    }
}
