//! Installation from folders and from a mirror, whole, damaged and interrupted.

use super::*;
use crate::fusion::FusionWeights;
use crate::meaning::manifest::{ModelKind, Pooling};

/// The hashes are filled in by [`model`].
const MODEL: ModelManifest = ModelManifest {
    name: "tiny",
    kind: ModelKind::Embedding,
    repository: "someone/tiny",
    revision: "abc",
    files: [
        ModelFile { name: "config.json", bytes: 11, sha256: "" },
        ModelFile { name: "tokenizer.json", bytes: 14, sha256: "" },
        ModelFile { name: "model.safetensors", bytes: 17, sha256: "" },
    ],
    licence: "MIT",
    dimensions: 1,
    pooling: Pooling::Mean,
    max_tokens: 3,
    query_prefix: "",
    fusion: FusionWeights::DEFAULT,
};

/// A model whose files hold their own names.
fn model() -> ModelManifest {
    let mut model = MODEL;
    for file in &mut model.files {
        file.sha256 = hexadecimal(&Sha256::digest(file.name)).leak();
    }
    model
}

fn write_source(folder: &Path) {
    for file in MODEL.files {
        fs::write(folder.join(file.name), file.name).unwrap();
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_folder_is_copied_whole_or_not_at_all() {
    let (source, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_source(source.path());
    fs::write(source.path().join("other"), "not copied").unwrap();
    let folder = install_from_folder(&model(), source.path(), models.path()).unwrap();
    assert_eq!(folder, models.path().join("tiny"));
    assert_eq!(names(&folder), ["config.json", "model.safetensors", "tokenizer.json"]);
    assert!(is_installed(&model(), models.path()));
    verify(&model(), &folder).unwrap();
    fs::write(folder.join("config.json"), "shorter").unwrap();
    assert!(!is_installed(&model(), models.path()));

    fs::remove_dir_all(&folder).unwrap();
    for (change, what) in [("tokenizer.jsoN", "SHA-256"), ("tokenizer", "size"), ("longer, by far", "size")] {
        let content = if change.starts_with("longer") { "x".repeat(1 << 20) } else { change.to_owned() };
        fs::write(source.path().join("tokenizer.json"), content).unwrap();
        let error = install_from_folder(&model(), source.path(), models.path()).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert!(names(models.path()).is_empty(), "{error}");
    }
    fs::remove_file(source.path().join("tokenizer.json")).unwrap();
    let error = install_from_folder(&model(), source.path(), models.path()).unwrap_err();
    assert!(matches!(error, ModelError::File { .. }), "{error}");
    assert!(names(models.path()).is_empty());
}

#[test]
fn a_damaged_model_is_replaced_and_a_whole_one_is_left() {
    let (source, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_source(source.path());
    // As a process leaves it that was killed.
    fs::create_dir_all(models.path().join(".installing-x1/complete")).unwrap();
    let folder = install_from_folder(&model(), source.path(), models.path()).unwrap();
    fs::write(folder.join("config.json"), "damaged....").unwrap();
    assert!(is_installed(&model(), models.path()));
    assert!(verify(&model(), &folder).is_err());
    install_from_folder(&model(), source.path(), models.path()).unwrap();
    verify(&model(), &folder).unwrap();
    assert_eq!(names(models.path()), ["tiny"]);

    let mut fetched = 0;
    install_from_url(&model(), "https://mirror.example", models.path(), &mut |_, _| {
        fetched += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(fetched, 0);
}

#[test]
fn files_are_fetched_from_the_pinned_revision() {
    let models = tempfile::tempdir().unwrap();
    let mut urls = Vec::new();
    let folder = install_from_url(&model(), "https://mirror.example", models.path(), &mut |url, to| {
        urls.push(url.to_owned());
        to.write_all(url.rsplit('/').next().unwrap_or_default().as_bytes())?;
        Ok(())
    })
    .unwrap();
    verify(&model(), &folder).unwrap();
    assert_eq!(urls[0], "https://mirror.example/someone/tiny/resolve/abc/config.json");

    let endless = &mut |_: &str, to: &mut dyn Write| loop {
        to.write_all(&[0; 1024])?;
    };
    fs::remove_dir_all(&folder).unwrap();
    let error = install_from_url(&model(), "https://mirror.example", models.path(), endless).unwrap_err();
    assert!(matches!(error, ModelError::Mismatch { what: "size", .. }), "{error}");
    let error = install_from_url(&model(), "https://mirror.example", models.path(), &mut |_, _| {
        Err("no route".into())
    })
    .unwrap_err();
    assert!(matches!(error, ModelError::Fetch { .. }), "{error}");
    assert!(names(models.path()).is_empty());
}
