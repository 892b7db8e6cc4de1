//! A vector as bytes.
//!
//! The scale is that of the vector's largest number, so nothing is clipped: some models have a dimension ten times as
//! large as all others, which a scale fixed for all vectors would either clip or let the others vanish.

/// The largest byte; −128 is not used, so that both signs are alike.
const MAX_BYTE: f32 = 127.0;

/// A vector with a quarter of the bytes: each number is a byte times the scale.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedVector {
    /// Of all numbers.
    pub scale: f32,
    /// A byte for each dimension.
    pub values: Vec<i8>,
}

impl QuantizedVector {
    /// Rounds each number; one that is not finite counts as nothing.
    #[must_use]
    pub fn new(vector: &[f32]) -> Self {
        let finite = |value: f32| if value.is_finite() { value } else { 0.0 };
        let max = vector.iter().fold(0.0_f32, |max, value| max.max(finite(*value).abs()));
        if max < f32::MIN_POSITIVE * MAX_BYTE {
            return Self { scale: 0.0, values: vec![0; vector.len()] };
        }
        let scale = max / MAX_BYTE;
        #[expect(clippy::cast_possible_truncation, reason = "at most 127 by the choice of the scale")]
        let values = vector.iter().map(|value| (finite(*value) / scale).round() as i8).collect();
        Self { scale, values }
    }

    /// The numbers that it stands for.
    #[must_use]
    pub fn to_vector(&self) -> Vec<f32> {
        self.values.iter().map(|value| f32::from(*value) * self.scale).collect()
    }
}

/// A query with 16 bits for each number, so that only the documents' rounding counts.
#[derive(Debug)]
pub(super) struct QuantizedQuery {
    pub(super) scale: f32,
    pub(super) values: Vec<i16>,
}

impl QuantizedQuery {
    /// A product with bytes has 32 bits: the numbers are as large as keeps it from overflowing.
    pub(super) fn new(vector: &[f32]) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "the bound needs no precision")]
        let bound = (i32::MAX as f32 / 256.0 / vector.len().max(1) as f32).min(f32::from(i16::MAX)).floor();
        let finite = |value: f32| if value.is_finite() { value } else { 0.0 };
        let max = vector.iter().fold(0.0_f32, |max, value| max.max(finite(*value).abs()));
        if max < f32::MIN_POSITIVE * bound {
            return Self { scale: 0.0, values: vec![0; vector.len()] };
        }
        let scale = max / bound;
        #[expect(clippy::cast_possible_truncation, reason = "at most the bound, which fits")]
        let values = vector.iter().map(|value| (finite(*value) / scale).round() as i16).collect();
        Self { scale, values }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_number_is_off_by_more_than_half_a_step(vector in prop::collection::vec(-9.0_f32..9.0, 1..50)) {
            let quantized = QuantizedVector::new(&vector);
            for (found, number) in quantized.to_vector().iter().zip(&vector) {
                prop_assert!((found - number).abs() <= quantized.scale * 0.5001, "{found} {number}");
            }
        }

        #[test]
        fn any_bits_have_a_vector(bits in prop::collection::vec(any::<u32>(), 0..50)) {
            let vector: Vec<f32> = bits.into_iter().map(f32::from_bits).collect();
            let quantized = QuantizedVector::new(&vector);
            prop_assert!(quantized.scale.is_finite() && quantized.values.len() == vector.len());
            prop_assert!(quantized.values.iter().all(|value| *value > i8::MIN));
            let query = QuantizedQuery::new(&vector);
            prop_assert!(query.scale.is_finite() && query.values.len() == vector.len());
        }
    }

    #[test]
    fn a_product_of_the_largest_numbers_does_not_overflow() {
        for dimensions in [1, 384, 512, 4096] {
            let query = QuantizedQuery::new(&vec![1.0; dimensions]);
            let sum: i64 = query.values.iter().map(|value| i64::from(*value) * 127).sum();
            assert!(i32::try_from(sum).is_ok(), "{dimensions}");
        }
    }
}
