//! Folders that hold no usable model: an error says what is wrong, and no memory is taken for what a file claims.

use std::{fs, path::Path};

use super::copy;
use crate::meaning::{CrossEncoder, Model, ModelError};

fn load(folder: &Path) -> ModelError {
    Model::load(folder).unwrap_err()
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn each_missing_file_is_named() {
    for name in ["config.json", "model.safetensors", "1_Pooling/config.json", "tokenizer.json"] {
        let folder = copy("tiny-bert");
        fs::remove_file(folder.path().join(name)).unwrap();
        let error = load(folder.path());
        let named = if name == "tokenizer.json" { "vocab.txt" } else { name };
        assert!(matches!(error, ModelError::File { .. }) && error.to_string().contains(named), "{error}");
    }
}

#[test]
fn a_configuration_that_is_not_berts_is_refused() {
    for (from, to, reason) in [
        ("\"bert\"", "\"roberta\"", "BERT"),
        ("\"gelu\"", "\"relu\"", "GELU"),
        ("\"hidden_size\": 16", "\"hidden_size\": 18", "heads"),
        ("\"hidden_size\": 16", "\"hidden_size\": 1000000", "range"),
        ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 0", "range"),
        ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", "encoder.layer.2"),
        ("\"intermediate_size\": 40", "\"intermediate_size\": 4000", "shape"),
        ("\"vocab_size\": ", "\"vocab_size\": 1", "shape"),
        ("\"num_attention_heads\": 4", "\"num_attention_heads\": -4", "valid"),
        ("1e-12", "-1", "epsilon"),
        ("\"max_position_embeddings\": 32", "\"max_position_embeddings\": 4", "positions"),
    ] {
        let folder = copy("tiny-bert");
        replace(&folder.path().join("config.json"), from, to);
        let error = load(folder.path()).to_string();
        assert!(error.contains(reason), "{to}: {error}");
    }
}

#[test]
fn a_vocabulary_of_another_kind_is_refused() {
    for (from, to, reason) in [
        ("\"WordPiece\"", "\"BPE\"", "WordPiece"),
        ("\"lowercase\":true", "\"lowercase\":false", "case"),
        ("\"[UNK]\":1,", "", "[UNK]"),
        ("\"[PAD]\":0", "\"[PAD]\":70000", "70000"),
    ] {
        let folder = copy("tiny-bert");
        replace(&folder.path().join("tokenizer.json"), from, to);
        let error = load(folder.path()).to_string();
        assert!(error.contains(reason), "{to}: {error}");
    }
}

#[test]
fn weights_that_are_cut_or_claim_too_much_are_refused() {
    let folder = copy("tiny-bert");
    let path = folder.path().join("model.safetensors");
    let whole = fs::read(&path).unwrap();
    for length in [0, 7, 8, 100, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        load(folder.path());
    }
    let mut longer = whole.clone();
    longer.push(0);
    fs::write(&path, &longer).unwrap();
    assert!(load(folder.path()).to_string().contains("size"));
    for claimed in [u64::MAX, u64::MAX - 7, 1 << 40] {
        let mut bytes = whole.clone();
        bytes[..8].copy_from_slice(&claimed.to_le_bytes());
        fs::write(&path, &bytes).unwrap();
        assert!(load(folder.path()).to_string().contains("header"));
    }
    let header = br#"{"x":{"dtype":"F32","shape":[4611686018427387904,16],"data_offsets":[0,4]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend([0; 4]);
    fs::write(&path, &bytes).unwrap();
    load(folder.path());
}

#[test]
fn weights_that_are_no_numbers_are_refused() {
    let folder = copy("tiny-cross-encoder");
    let path = folder.path().join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let header = 8 + usize::try_from(u64::from_le_bytes(bytes[..8].try_into().unwrap())).unwrap();
    let mut damaged = bytes[..header].to_vec();
    damaged.extend(std::iter::repeat_n(f32::NAN.to_le_bytes(), (bytes.len() - header) / 4).flatten());
    fs::write(&path, &damaged).unwrap();
    assert!(CrossEncoder::load(folder.path()).unwrap_err().to_string().contains("not a number"));
}

#[test]
fn a_folder_with_the_name_of_a_known_model_must_hold_it() {
    let folder = copy("tiny-bert");
    for (name, reason) in [("all-MiniLM-L6-v2", "size"), ("ms-marco-MiniLM-L6-v2", "embeddings")] {
        let named = folder.path().join(name);
        fs::create_dir(&named).unwrap();
        for file in ["config.json", "tokenizer.json", "model.safetensors"] {
            fs::copy(folder.path().join(file), named.join(file)).unwrap();
        }
        let error = load(&named).to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn a_model_without_a_classifier_is_no_cross_encoder() {
    let folder = copy("tiny-bert");
    assert!(CrossEncoder::load(folder.path()).unwrap_err().to_string().contains("classifier"));
}
