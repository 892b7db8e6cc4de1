//! The models in the data folder: which there are, and which of them a process loads.
//!
//! A model is a folder below [`MODEL_FOLDER`] in the layout of Hugging Face.

use std::path::Path;
use std::sync::Arc;

use search::meaning::manifest::{DEFAULT, ModelKind};
use search::meaning::{CrossEncoder, Model};

/// The folder of models, below the data folder.
pub const MODEL_FOLDER: &str = "models";

/// The model that is installed if none is named.
pub const DEFAULT_MODEL: &str = DEFAULT;

/// The models of a kind in a folder of models, by name.
#[must_use]
pub fn installed(models: &Path, kind: ModelKind) -> Vec<String> {
    let entries = std::fs::read_dir(models).into_iter().flatten().flatten();
    let of_kind = entries.filter(|entry| ModelKind::of_folder(&entry.path()) == Some(kind));
    let mut names: Vec<String> = of_kind.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The model of a process: the one that the database names, else the default one, else the first. `None` if there is
/// none, or it cannot be loaded, which is logged. Blocks.
#[must_use]
pub fn load_embedding(models: &Path, in_use: &str) -> Option<Arc<Model>> {
    let names = installed(models, ModelKind::Embedding);
    let preferred = [in_use.split('@').next().unwrap_or_default(), DEFAULT];
    let name = preferred
        .iter()
        .find_map(|preferred| names.iter().find(|name| name == preferred))
        .or_else(|| names.first())?;
    match Model::load(&models.join(name)) {
        Ok(model) => Some(Arc::new(model)),
        Err(error) => {
            tracing::error!(error = %error, model = name, "the model cannot be loaded; there is no search by meaning");
            None
        }
    }
}

/// The first cross-encoder of a folder of models. `None` if there is none, or it cannot be loaded, which is logged. Blocks.
#[must_use]
pub fn load_cross_encoder(models: &Path) -> Option<Arc<CrossEncoder>> {
    let name = installed(models, ModelKind::CrossEncoder).into_iter().next()?;
    match CrossEncoder::load(&models.join(&name)) {
        Ok(model) => Some(Arc::new(model)),
        Err(error) => {
            tracing::error!(error = %error, model = name, "the model cannot be loaded; nothing is reranked");
            None
        }
    }
}

/// A model with its revision, as the database names it.
#[must_use]
pub fn model_key(model: &Model) -> String {
    format!("{}@{}", model.name(), model.revision())
}
