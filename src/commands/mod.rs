//! One command a file.

mod bounce;
mod digest;
mod doctor;
mod import;
mod import_input;
mod migrate;
mod model;
mod schema;
mod search;
mod serve;
mod settings;
mod sources;
mod subscribers;
mod token;

use std::process::ExitCode;

use anyhow::Result;

use crate::bootstrap::{self, Runtime, SchemaPolicy};
use crate::cli::{Cli, Command};
use crate::config::{Config, Role, ValidConfig};
use crate::logging;

/// Runs what the command line asks for.
///
/// # Errors
/// What a person can understand in one line.
pub async fn run(cli: Cli) -> Result<ExitCode> {
    let file = cli.config.as_deref();
    let load = |role| -> Result<ValidConfig> {
        let config = Config::load(file)?.check(role)?;
        logging::start(&config.observability.log, config.observability.otlp_endpoint.as_ref())?;
        Ok(config)
    };
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => Box::pin(serve::run(load(Role::Serve)?, Role::Serve)).await?,
        Command::Api => Box::pin(serve::run(load(Role::Api)?, Role::Api)).await?,
        Command::Worker => Box::pin(serve::run(load(Role::Worker)?, Role::Worker)).await?,
        Command::Migrate => migrate::run(&load(Role::Tool)?).await?,
        Command::Doctor => return doctor::run(file).await,
        Command::Sources => sources::run(&load(Role::Tool)?).await?,
        Command::Import(source) => Box::pin(import::run(&load(Role::Tool)?, source)).await?,
        Command::Digest(what) => digest::run(&load(Role::Inspect)?, what).await?,
        Command::Subscribers(what) => subscribers::run(&load(Role::Tool)?, what).await?,
        Command::Bounce { recipient } => return Ok(bounce::run(file, recipient.as_deref()).await),
        Command::Token(what) => token::run(&load(Role::Tool)?, what).await?,
        Command::Search(what) => search::run(&load(Role::Tool)?, what).await?,
        Command::Model(what) => model::run(&load(Role::Inspect)?, what).await?,
        Command::Schema => schema::run()?,
        Command::Settings => settings::run()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The services for a command that ends. On SQLite the schema is brought up to date, as the server does; on
/// Postgres that is a step of its own.
async fn tool_services(config: &ValidConfig) -> Result<Runtime> {
    let schema = if config.storage.is_postgres() { SchemaPolicy::Expect } else { SchemaPolicy::Migrate };
    bootstrap::build(config, config.http.listen, schema).await
}
