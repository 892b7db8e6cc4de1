//! Equality with the reference implementation in `tests/data/make_tiny_bert.py`.

use std::{fs, sync::LazyLock};

use proptest::prelude::*;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::Deserialize;

use super::{copy, data};
use crate::meaning::{CrossEncoder, Model};

/// What the arithmetic of 32 bits may differ by from that of 64.
const TOLERANCE: f32 = 2e-5;

#[derive(Deserialize)]
struct Expected {
    text: String,
    mean: Vec<f32>,
    cls: Vec<f32>,
}

#[derive(Deserialize)]
struct ExpectedPair {
    query: String,
    document: String,
    score: f32,
}

fn expected() -> Vec<Expected> {
    serde_json::from_slice(&fs::read(data("tiny-bert/expected.json")).unwrap()).unwrap()
}

fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f32::max)
}

#[test]
fn vectors_equal_the_references_for_both_ways_of_pooling() {
    let mean = &*TINY;
    let folder = copy("tiny-bert");
    fs::write(folder.path().join("1_Pooling/config.json"), r#"{"pooling_mode_cls_token": true}"#).unwrap();
    let first = Model::load(folder.path()).unwrap();
    for expected in expected() {
        let found = mean.embed_query(&expected.text);
        assert!(difference(&found, &expected.mean) < TOLERANCE, "{:?}: {found:?}", expected.text);
        let found = first.embed_query(&expected.text);
        assert!(difference(&found, &expected.cls) < TOLERANCE, "{:?}: {found:?}", expected.text);
    }
}

#[test]
fn a_document_is_its_title_and_its_abstract() {
    let model = &*TINY;
    for (title, text, joined) in [
        ("Deep learning", "the model", "Deep learning. the model"),
        ("Is attention all you need?", "the model", "Is attention all you need? the model"),
        ("Deep learning.", "the model", "Deep learning. the model"),
        ("", "the model", "the model"),
    ] {
        let vectors = model.embed_documents(&[(title, text)]);
        assert!(difference(&vectors[0], &model.embed_query(joined)) < TOLERANCE, "{joined}");
    }
}

#[test]
fn a_vector_does_not_depend_on_its_batch() {
    let model = &*TINY;
    let texts: Vec<String> = (0..150).map(|at| "deep vision model, ".repeat(at % 9)).collect();
    let documents: Vec<_> = texts.iter().map(|text| ("the", text.as_str())).collect();
    let together = model.embed_documents(&documents);
    assert_eq!(together.len(), documents.len());
    for (document, vector) in documents.iter().zip(&together) {
        assert!(difference(&model.embed_documents(&[*document])[0], vector) < 1e-6);
    }
    assert!(model.embed_documents(&[]).is_empty());
}

#[test]
fn scores_of_pairs_equal_the_references() {
    let model = CrossEncoder::load(&data("tiny-cross-encoder")).unwrap();
    let expected: Vec<ExpectedPair> =
        serde_json::from_slice(&fs::read(data("tiny-cross-encoder/expected.json")).unwrap()).unwrap();
    for pair in expected {
        let score = model.score(&pair.query, &[&pair.document])[0];
        assert!((score - pair.score).abs() < 1e-4, "{:?}: {score} {}", pair.query, pair.score);
    }
}

#[test]
fn weights_of_16_bits_give_nearly_the_same_vectors() {
    let folder = copy("tiny-bert");
    let path = folder.path().join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    // The upper half of a number of 32 bits is one of BF16.
    let cut: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .iter()
        .map(|(name, view)| {
            let halves = view.data().as_chunks::<4>().0.iter().flat_map(|bytes| [bytes[2], bytes[3]]);
            (name.to_owned(), view.shape().to_vec(), halves.collect())
        })
        .collect();
    let views = cut.iter().map(|(name, shape, bytes)| {
        (name.clone(), TensorView::new(Dtype::BF16, shape.clone(), bytes).unwrap())
    });
    let bytes = safetensors::serialize(views, None).unwrap();
    fs::write(&path, bytes).unwrap();
    let model = Model::load(folder.path()).unwrap();
    for expected in expected() {
        assert!(difference(&model.embed_query(&expected.text), &expected.mean) < 0.1);
    }
}

#[test]
fn a_vocabulary_of_lines_serves_like_that_of_json() {
    let folder = copy("tiny-bert");
    let json = fs::read(folder.path().join("tokenizer.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let mut pieces: Vec<_> = json["model"]["vocab"].as_object().unwrap().iter().collect();
    pieces.sort_by_key(|(_, token)| token.as_u64());
    let lines: Vec<_> = pieces.into_iter().map(|(piece, _)| piece.as_str()).collect();
    fs::write(folder.path().join("vocab.txt"), lines.join("\n")).unwrap();
    fs::remove_file(folder.path().join("tokenizer.json")).unwrap();
    let model = Model::load(folder.path()).unwrap();
    for expected in expected() {
        assert!(difference(&model.embed_query(&expected.text), &expected.mean) < TOLERANCE);
    }
}

static TINY: LazyLock<Model> = LazyLock::new(|| Model::load(&data("tiny-bert")).unwrap());

proptest! {
    #[test]
    fn any_text_has_a_vector_of_length_one(query in any::<String>(), title in any::<String>()) {
        for vector in [TINY.embed_query(&query), TINY.embed_documents(&[(&title, &query)]).remove(0)] {
            let length = vector.iter().map(|value| value * value).sum::<f32>();
            prop_assert!((length - 1.0).abs() < 1e-4);
        }
    }
}

#[test]
fn hostile_texts_have_vectors_too() {
    let texts =
        ["\0", "\u{202e}\u{200b}", "[SEP][SEP]", &"a".repeat(200_000), &"( ".repeat(100_000), "\u{10ffff}"];
    for text in texts {
        let vector = TINY.embed_query(text);
        assert!(vector.iter().all(|value| value.is_finite()) && vector.len() == TINY.dimensions());
    }
}
