//! `daily-papers search`.

use anyhow::Result;
use domain::search::{embed, rebuild_all};

use crate::cli::Search;
use crate::config::ValidConfig;
use crate::output::print;

/// Has indexes rebuilt, or shows their state.
///
/// # Errors
/// If the database is not available.
pub async fn run(config: &ValidConfig, what: Search) -> Result<()> {
    let services = super::tool_services(config).await?.services;
    match what {
        Search::Rebuild => {
            rebuild_all(&services).await?;
            print("All running processes rebuild their search indexes now, others when they start.\n")?;
        }
        Search::Status => {
            let model = embed::model_in_use(services.db.read()).await?;
            if model.is_empty() {
                print("No model is in use: papers are found by words. Run `daily-papers model install`.\n")?;
            } else {
                let waiting = embed::waiting(services.db.read(), &model).await?;
                print(format!("Model in use          {model}\nPapers without vector {waiting}\n"))?;
            }
        }
    }
    Ok(())
}
