//! The driver of the benchmark of search: how well the crate finds, and how fast.
//!
//! Relevance is measured on a folder in BEIR's layout, by words, by meaning and by both, with the weight that puts both
//! together swept over the judged queries: choose it on training queries only. Speed is measured on generated documents,
//! in the process itself, or through GraphQL and HTTP.
//!
//! A run fails if something does not work. Being slow is no failure: it is what is reported.

mod beir;
pub(crate) mod corpus;
mod hybrid;
mod options;
mod relevance;
mod report;
mod service;
mod speed;

use anyhow::{Context as _, Result, bail};
use search::meaning::Model;

pub use options::Options;

/// Runs the benchmark and prints what it found.
///
/// # Errors
/// If something does not work.
#[expect(clippy::print_stdout, reason = "the report is what it is for")]
pub fn run(options: &Options) -> Result<()> {
    if options.collection.is_none() && options.documents == 0 {
        bail!("nothing to measure: name a --collection, or some --documents");
    }
    let model = options.model.as_deref().map(Model::load).transpose().context("the model")?;
    if let Some(folder) = &options.collection {
        let found = relevance::run(options, folder, model.as_ref())?;
        println!("{}", report::relevance(&found));
    }
    if options.documents > 0 && options.service {
        let model = options.model.as_deref().zip(model.as_ref());
        let found = service::run(options, model)?;
        println!("{}", report::service(options, &found));
    } else if options.documents > 0 {
        let found = speed::run(options, model.as_ref())?;
        println!("{}", report::speed(options, &found));
    }
    Ok(())
}

/// Progress, for the person who waits; the report alone goes to the output.
#[expect(clippy::print_stderr, reason = "for the person who waits")]
fn say(text: &str) {
    eprintln!("bench-search: {text}");
}
