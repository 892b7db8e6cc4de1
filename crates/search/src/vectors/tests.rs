//! The index beside a plain search over numbers of 32 bits.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::RwLock,
    thread,
};

use proptest::prelude::*;

use super::{QuantizedVector, VectorIndex, WrongDimensions};

const DIMENSIONS: usize = 70;

/// Always the same numbers, near a common direction as embeddings are.
fn vector(seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let numbers = (0..DIMENSIONS).map(|at| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = f32::from(u16::try_from(state >> 48).unwrap()) / 65_536.0;
        number - 0.5 + if at == 3 { 4.0 } else { 0.1 }
    });
    let numbers: Vec<f32> = numbers.collect();
    let length = numbers.iter().map(|x| x * x).sum::<f32>().sqrt();
    numbers.into_iter().map(|x| x / length).collect()
}

fn quantized(seed: u64) -> QuantizedVector {
    QuantizedVector::new(&vector(seed))
}

fn product(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Best first, computed with all digits.
fn plain(vectors: &BTreeMap<u64, u64>, query: &[f32], filter: impl Fn(u64) -> bool) -> Vec<(u64, f32)> {
    let mut scores: Vec<_> = vectors
        .iter()
        .filter(|(id, _)| filter(**id))
        .map(|(id, seed)| (*id, product(&vector(*seed), query)))
        .collect();
    scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scores
}

/// A vector's step is 4/127 of its length or so; a product is off by much less than the sum of all steps.
const TOLERANCE: f32 = 0.02;

fn check(
    index: &VectorIndex,
    vectors: &BTreeMap<u64, u64>,
    query: &[f32],
    filter: Option<&dyn Fn(u64) -> bool>,
) {
    let found = index.nearest(query, 10, filter).unwrap();
    let expected = plain(vectors, query, |id| filter.is_none_or(|filter| filter(id)));
    assert_eq!(found.len(), expected.len().min(10));
    assert!(found.is_sorted_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)).is_lt()), "{found:?}");
    let ids: BTreeSet<_> = found.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids.len(), found.len());
    for (at, (id, score)) in found.iter().enumerate() {
        let exact = product(&vector(vectors[id]), query);
        assert!((score - exact).abs() < TOLERANCE, "{score} {exact}");
        assert!(exact > expected[at].1 - 2.0 * TOLERANCE, "{exact} {:?}", expected[at]);
        assert!(filter.is_none_or(|filter| filter(*id)));
    }
}

#[derive(Clone, Debug)]
enum Edit {
    Upsert(u64, u64),
    Remove(u64),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        3 => (0..60_u64, any::<u64>()).prop_map(|(id, seed)| Edit::Upsert(id * 7_919, seed)),
        1 => (0..60_u64).prop_map(|id| Edit::Remove(id * 7_919)),
    ];
    prop::collection::vec(edit, 0..150)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_nearest_are_those_of_a_plain_search(edits in edits(), query in any::<u64>(), exact_max in 0_usize..80) {
        let mut index = VectorIndex::with_exact_max(DIMENSIONS, exact_max);
        let mut vectors = BTreeMap::new();
        for edit in edits {
            match edit {
                Edit::Upsert(id, seed) => {
                    index.upsert(id, &quantized(seed)).unwrap();
                    vectors.insert(id, seed);
                }
                Edit::Remove(id) => assert_eq!(index.remove(id), vectors.remove(&id).is_some()),
            }
        }
        prop_assert_eq!(index.len(), vectors.len());
        let query = vector(query);
        check(&index, &vectors, &query, None);
        check(&index, &vectors, &query, Some(&|id| id % 3 == 0));
        check(&index, &vectors, &query, Some(&|_| false));
        let ids: Vec<u64> = (0..60).map(|id| id * 7_919).collect();
        for (id, score) in ids.iter().zip(index.score(&query, &ids).unwrap()) {
            prop_assert_eq!(score.is_some(), vectors.contains_key(id));
            prop_assert_eq!(index.contains(*id), vectors.contains_key(id));
            if let Some(score) = score {
                prop_assert!((score - product(&vector(vectors[id]), &query)).abs() < TOLERANCE);
            }
        }
    }
}

#[test]
fn signs_find_nearly_all_of_the_nearest() {
    let mut index = VectorIndex::with_exact_max(DIMENSIONS, 1_000);
    let mut exact = VectorIndex::new(DIMENSIONS);
    for id in 0..20_000 {
        let vector = quantized(id);
        index.upsert(id, &vector).unwrap();
        exact.upsert(id, &vector).unwrap();
    }
    let mut hits = 0;
    for seed in 0..10 {
        let query = vector(1 << 40 | seed);
        let expected: BTreeSet<_> =
            exact.nearest(&query, 10, None).unwrap().into_iter().map(|(id, _)| id).collect();
        let found = index.nearest(&query, 10, None).unwrap();
        hits += found.iter().filter(|(id, _)| expected.contains(id)).count();
    }
    assert!(hits > 90, "{hits} of 100");
}

#[test]
fn places_are_used_again_and_memory_is_bounded() {
    let mut index = VectorIndex::with_exact_max(384, 100);
    let vector = QuantizedVector::new(&[0.5; 384]);
    for round in 0..5_u64 {
        for id in 0..3_000 {
            assert!(!index.remove(round * 3_000 + id));
            assert!(round == 0 || index.remove((round - 1) * 3_000 + id));
            index.upsert(round * 3_000 + id, &vector).unwrap();
        }
        assert_eq!(index.len(), 3_000);
    }
    assert!(index.memory() < 3_072 * 1_024, "{}", index.memory());
}

#[test]
fn equal_scores_are_in_the_order_of_ids() {
    let mut index = VectorIndex::new(DIMENSIONS);
    for id in [9, 4, 7, 1, 8, 2] {
        index.upsert(id, &quantized(5)).unwrap();
    }
    let ids: Vec<_> = index.nearest(&vector(5), 4, None).unwrap().into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [1, 2, 4, 7]);
}

#[test]
fn other_dimensions_are_refused() {
    let mut index = VectorIndex::new(3);
    let error = WrongDimensions { expected: 3, found: 2 };
    assert_eq!(index.upsert(1, &QuantizedVector::new(&[1.0, 2.0])), Err(error));
    assert!(index.nearest(&[1.0; 4], 1, None).is_err() && index.score(&[], &[1]).is_err());
    assert_eq!(index.nearest(&[1.0; 3], 5, None), Ok(Vec::new()));
}

#[test]
fn many_read_while_one_writes() {
    let index = RwLock::new(VectorIndex::new(DIMENSIONS));
    thread::scope(|scope| {
        for reader in 0..3 {
            let index = &index;
            scope.spawn(move || {
                for _ in 0..50 {
                    let found = index.read().unwrap().nearest(&vector(reader), 5, None).unwrap();
                    assert!(found.is_sorted_by(|a, b| a.1 >= b.1));
                }
            });
        }
        for id in 0..300 {
            index.write().unwrap().upsert(id, &quantized(id)).unwrap();
        }
    });
    assert_eq!(index.read().unwrap().len(), 300);
}
