//! `daily-papers model`: installs models for search by meaning.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use domain::search::{embed, models};
use search::meaning::install::{install_from_folder, install_from_url, is_installed};
use search::meaning::manifest::{MODELS, ModelKind, ModelManifest};

use crate::cli::Model;
use crate::config::ValidConfig;
use crate::output::print;

/// The time limit for a connection to the mirror.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// Installs, lists or chooses a model.
///
/// # Errors
/// A model that is not known, or files that are not its own.
pub async fn run(config: &ValidConfig, what: Model) -> Result<()> {
    match what {
        Model::Install { name, from } => install(config, &name, &from).await,
        Model::List => list(config),
        Model::Use { name } => choose(config, &name).await,
    }
}

async fn install(config: &ValidConfig, name: &str, from: &str) -> Result<()> {
    let model = known(name)?;
    let models = config.storage.model_dir();
    crate::bootstrap::make_data_dir(&models)?;
    let from = from.to_owned();
    let folder = tokio::task::spawn_blocking(move || {
        let is_url = from.starts_with("https://") || from.starts_with("http://");
        if is_url {
            eprintln!("Downloading {} ({} MB) from {from}", model.name, model.bytes() / 1_000_000);
            install_from_url(model, from.trim_end_matches('/'), &models, &mut fetch)
        } else {
            install_from_folder(model, Path::new(&from), &models)
        }
    });
    let folder = folder.await?.with_context(|| format!("{name} was not installed"))?;
    let restart = match model.kind {
        ModelKind::Embedding => "Restart `serve`, `api` and `worker` on this machine to use it.",
        ModelKind::CrossEncoder => "Set search_reranked_papers, and restart `serve` and `api` to use it.",
    };
    print(format!("Installed {} ({}) in {}.\n{restart}\n", model.name, model.licence, folder.display()))?;
    Ok(())
}

/// Writes what is at a URL.
fn fetch(url: &str, to: &mut dyn Write) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let agent = ureq::Agent::config_builder().timeout_connect(Some(CONNECT_TIMEOUT)).build().new_agent();
    let mut response = agent.get(url).call()?;
    std::io::copy(&mut response.body_mut().as_reader(), to)?;
    Ok(())
}

fn list(config: &ValidConfig) -> Result<()> {
    let folder = config.storage.model_dir();
    let mut lines = String::new();
    for model in MODELS {
        let kind = purpose(model.kind);
        let state = if is_installed(model, &folder) { "installed" } else { "-" };
        let size = model.bytes() / 1_000_000;
        let _ = writeln!(lines, "{:<26} {kind:<18} {size:>4} MB  {:<11} {state}", model.name, model.licence);
    }
    for kind in [ModelKind::Embedding, ModelKind::CrossEncoder] {
        for name in models::installed(&folder, kind).iter().filter(|name| ModelManifest::find(name).is_none())
        {
            let _ = writeln!(lines, "{name:<26} {:<18} {:>4}     {:<11} installed", purpose(kind), "", "");
        }
    }
    print(lines)?;
    Ok(())
}

fn purpose(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::Embedding => "search by meaning",
        ModelKind::CrossEncoder => "reranking",
    }
}

async fn choose(config: &ValidConfig, name: &str) -> Result<()> {
    let folder = config.storage.model_dir();
    if !models::installed(&folder, ModelKind::Embedding).iter().any(|installed| installed == name) {
        bail!(
            "{name} is not installed in {}; run `daily-papers model install {name}` first",
            folder.display()
        );
    }
    let folder = folder.join(name);
    let model = tokio::task::spawn_blocking(move || search::meaning::Model::load(&folder)).await??;
    let services = super::tool_services(config).await?.services;
    embed::use_model(&services, &models::model_key(&model)).await?;
    print(format!(
        "All processes that have {name} use it when they start; workers make the vectors of all papers again.\n"
    ))?;
    Ok(())
}

fn known(name: &str) -> Result<&'static ModelManifest> {
    ModelManifest::find(name).with_context(|| {
        let names: Vec<&str> = MODELS.iter().map(|model| model.name).collect();
        format!("{name} is not a known model; there are {}", names.join(", "))
    })
}
