//! The table of models that are known by name.
//!
//! Each is pinned to a revision and to the SHA-256 of its files, so that any mirror serves, and the vectors that two
//! processes make are of one space. All are BERTs in the layout of Hugging Face: `config.json`, `tokenizer.json` and
//! `model.safetensors`.

use crate::fusion::FusionWeights;

/// How the vectors of tokens become that of their text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// The mean of all tokens.
    Mean,
    /// The first token, `[CLS]`.
    First,
}

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelKind {
    /// A vector for each text.
    Embedding,
    /// A score for each pair of query and text.
    CrossEncoder,
}

/// A file of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelFile {
    /// Its name in the repository and in the folder.
    pub name: &'static str,
    /// Its size.
    pub bytes: u64,
    /// In hexadecimal digits.
    pub sha256: &'static str,
}

/// A model, its files and the rules it was trained with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModelManifest {
    /// The name in settings, which is also the name of its folder.
    pub name: &'static str,
    /// What it is for.
    pub kind: ModelKind,
    /// On Hugging Face.
    pub repository: &'static str,
    /// The commit in the repository.
    pub revision: &'static str,
    /// All that is needed.
    pub files: [ModelFile; 3],
    /// An SPDX identifier.
    pub licence: &'static str,
    /// Of a vector.
    pub dimensions: usize,
    /// Of tokens to one vector.
    pub pooling: Pooling,
    /// Longer text is cut.
    pub max_tokens: usize,
    /// Stands before a query, not before a document.
    pub query_prefix: &'static str,
    /// For a score that is made of both words and meaning.
    pub fusion: FusionWeights,
}

/// The default: most quality for a millisecond.
pub const DEFAULT: &str = "all-MiniLM-L6-v2";

/// All that are known.
pub const MODELS: &[ModelManifest] = &[
    ModelManifest {
        name: DEFAULT,
        kind: ModelKind::Embedding,
        repository: "sentence-transformers/all-MiniLM-L6-v2",
        revision: "1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
        files: [
            ModelFile {
                name: "config.json",
                bytes: 612,
                sha256: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            },
            ModelFile {
                name: "tokenizer.json",
                bytes: 466_247,
                sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            },
            ModelFile {
                name: "model.safetensors",
                bytes: 90_868_376,
                sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            },
        ],
        licence: "Apache-2.0",
        dimensions: 384,
        pooling: Pooling::Mean,
        max_tokens: 256,
        query_prefix: "",
        fusion: FusionWeights { meaning: 0.55, meaning_of_first: 0.6, cover: 2.5, sentence: 2.5 },
    },
    ModelManifest {
        name: "bge-small-en-v1.5",
        kind: ModelKind::Embedding,
        repository: "BAAI/bge-small-en-v1.5",
        revision: "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a",
        files: [
            ModelFile {
                name: "config.json",
                bytes: 743,
                sha256: "094f8e891b932f2000c92cfc663bac4c62069f5d8af5b5278c4306aef3084750",
            },
            ModelFile {
                name: "tokenizer.json",
                bytes: 711_396,
                sha256: "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
            },
            ModelFile {
                name: "model.safetensors",
                bytes: 133_466_304,
                sha256: "3c9f31665447c8911517620762200d2245a2518d6e7208acc78cd9db317e21ad",
            },
        ],
        licence: "MIT",
        dimensions: 384,
        pooling: Pooling::First,
        max_tokens: 512,
        query_prefix: "Represent this sentence for searching relevant passages: ",
        // What documents cover was not measured with it.
        fusion: FusionWeights { meaning: 0.6, meaning_of_first: 0.6, cover: 0.0, sentence: 0.0 },
    },
    ModelManifest {
        name: "ms-marco-MiniLM-L6-v2",
        kind: ModelKind::CrossEncoder,
        repository: "cross-encoder/ms-marco-MiniLM-L6-v2",
        revision: "c5ee24cb16019beea0893ab7796b1df96625c6b8",
        files: [
            ModelFile {
                name: "config.json",
                bytes: 794,
                sha256: "380e02c93f431831be65d99a4e7e5f67c133985bf2e77d9d4eba46847190bacc",
            },
            ModelFile {
                name: "tokenizer.json",
                bytes: 711_396,
                sha256: "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
            },
            ModelFile {
                name: "model.safetensors",
                bytes: 90_870_598,
                sha256: "821d1aa69520101d6e0737f78a042ae25b19e5cb9160701909d10434f4aeb0ae",
            },
        ],
        licence: "Apache-2.0",
        dimensions: 1,
        pooling: Pooling::First,
        max_tokens: 512,
        query_prefix: "",
        fusion: FusionWeights::DEFAULT,
    },
];

impl ModelManifest {
    /// The model of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| model.name.eq_ignore_ascii_case(name))
    }

    /// The address of one of its files on Hugging Face or a mirror with the same paths.
    #[must_use]
    pub fn url(&self, endpoint: &str, file: &ModelFile) -> String {
        let endpoint = endpoint.trim_end_matches('/');
        format!("{endpoint}/{}/resolve/{}/{}", self.repository, self.revision, file.name)
    }

    /// The size of all its files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_well_formed() {
        for model in MODELS {
            assert!(model.revision.len() == 40 && model.name.len() < 64, "{}", model.name);
            assert!(model.repository.ends_with(model.name), "{}", model.name);
            assert!((0.0..1.0).contains(&model.fusion.meaning));
            let names: Vec<_> = model.files.iter().map(|file| file.name).collect();
            assert_eq!(names, ["config.json", "tokenizer.json", "model.safetensors"]);
            for file in model.files {
                assert!(file.sha256.len() == 64, "{}", file.name);
                assert!(file.sha256.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')));
            }
        }
        assert_eq!(ModelManifest::find("all-minilm-l6-v2").map(|model| model.name), Some(DEFAULT));
        assert_eq!(ModelManifest::find("other"), None);
    }

    #[test]
    fn a_mirror_has_the_paths_of_hugging_face() {
        let model = ModelManifest::find("bge-small-en-v1.5").unwrap();
        assert_eq!(
            model.url("https://mirror.example/", &model.files[0]),
            "https://mirror.example/BAAI/bge-small-en-v1.5/resolve/5c38ec7c405ec4b44b94cc5a9bb96e735b38267a/config.json"
        );
    }
}
