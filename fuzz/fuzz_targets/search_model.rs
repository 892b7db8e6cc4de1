//! Text for a model: any text has a vector of length one, whatever its tokens.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use search::meaning::Model;

/// A model of two layers, with which the tests compare.
static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/search/tests/data/tiny-bert");
    Model::load(&folder).unwrap()
});

fuzz_target!(|text: &str| {
    let title = text.lines().next().unwrap_or_default();
    let mut vectors = MODEL.embed_documents(&[(title, text)]);
    vectors.push(MODEL.embed_query(text));
    for vector in vectors {
        let length: f32 = vector.iter().map(|value| value * value).sum();
        assert!((length - 1.0).abs() < 1e-3, "{length}");
    }
});
