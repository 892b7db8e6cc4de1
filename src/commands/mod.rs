//! One command a file.

mod bounce;
mod digest;
mod doctor;
mod import;
mod migrate;
mod schema;
mod serve;
mod settings;
mod subscribers;
mod token;

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Cli, Command};
use crate::config::{Checked, Config, Role};
use crate::logging;
use crate::services::{self, Built, Schema};

/// Runs what the command line asks for.
///
/// # Errors
/// What a person can understand in one line.
pub async fn run(cli: Cli) -> Result<ExitCode> {
    let file = cli.config.as_deref();
    let load = |role| -> Result<Checked> {
        let config = Config::load(file)?;
        let checked = config.check(role)?;
        let (filter, format) = config.log();
        logging::start(filter, format, checked.otlp_endpoint.as_ref())?;
        Ok(checked)
    };
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(load(Role::Serve)?, Role::Serve).await?,
        Command::Api => serve::run(load(Role::Api)?, Role::Api).await?,
        Command::Worker => serve::run(load(Role::Worker)?, Role::Worker).await?,
        Command::Migrate => migrate::run(&load(Role::Tool)?).await?,
        Command::Doctor => return doctor::run(file).await,
        Command::Import(source) => import::run(&load(Role::Tool)?, source).await?,
        Command::Digest(what) => digest::run(&load(Role::Inspect)?, what).await?,
        Command::Subscribers(what) => subscribers::run(&load(Role::Tool)?, what).await?,
        Command::Bounce { recipient } => return Ok(bounce::run(file, recipient.as_deref()).await),
        Command::Token(what) => token::run(&load(Role::Tool)?, what).await?,
        Command::Schema => schema::run()?,
        Command::Settings => settings::run()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The services for a command that ends. On SQLite the schema is brought up to date, as the server does; on
/// Postgres that is a step of its own.
async fn tool_services(checked: &Checked) -> Result<Built> {
    let schema = match checked.database {
        crate::config::Database::Sqlite(_) => Schema::Migrate,
        crate::config::Database::Postgres { .. } => Schema::Expect,
    };
    services::build(checked, checked.listen, schema).await
}
