//! The configuration: defaults, then a file, then the environment.
//!
//! [`Config`] is what was written; [`check`] turns it into settings that can no longer be wrong, or names every
//! key that is.

mod bounces;
mod check;
mod keys;
mod mail;

use std::path::Path;

use config::{Environment, File, FileFormat, Source as _};
use serde::Deserialize;

pub use check::{Database, MAIL_FOLDER, Role, ValidConfig};

/// All settings with their defaults, documented.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// The file that is read if it exists and none is named.
const FILE: &str = "daily-papers.toml";

/// The settings as they were written; defaults.toml says what each means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    listen: String,
    base_url: String,
    data_dir: String,
    database_url: String,
    database_connections: u32,
    redis_url: String,
    smtp_url: String,
    smtp_connections: usize,
    smtp_messages_per_second: u32,
    smtp_timeout_seconds: u32,
    smtp_ca_file: String,
    mail_from: String,
    reply_to: String,
    postal_address: String,
    dkim_key: String,
    dkim_selector: String,
    bounce_domain: String,
    bounce_token: String,
    sendgrid_verification_key: String,
    mailgun_signing_key: String,
    sns_topic_arn: String,
    secret_key: String,
    sample_papers: String,
    import_dir: String,
    trusted_proxies: String,
    mails_per_minute: u32,
    triggered_mails_per_hour: u32,
    client_points_per_second: u32,
    person_points_per_second: u32,
    answer_cache_seconds: u32,
    client_streams: u32,
    graphiql: bool,
    cors_origins: String,
    feed_closes_at: String,
    feed_time_zone: String,
    first_digest_at_once: bool,
    lease_minutes: u32,
    submissions_per_day: u32,
    submission_max_age_days: u32,
    metrics_listen: String,
    otlp_endpoint: String,
    log: String,
    log_format: String,
}

impl Config {
    /// Reads the configuration. `file` must exist if it is named.
    ///
    /// # Errors
    /// What cannot be read, and keys that are not known or hold no value of their kind.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let from_file = match file {
            Some(file) => File::from(file).format(FileFormat::Toml),
            None => File::new(FILE, FileFormat::Toml).required(false),
        };
        let environment = Environment::with_prefix("DAILY_PAPERS")
            .prefix_separator("_")
            .ignore_empty(true)
            .source(Some(environment()?));
        let wrong = |problem: String| anyhow::anyhow!("configuration: {problem}");
        let defaults = File::from_str(DEFAULTS, FileFormat::Toml);
        let known = defaults.collect().map_err(|error| wrong(error.to_string()))?;
        let all =
            config::Config::builder().add_source(defaults).add_source(from_file).add_source(environment);
        let all = all.build().map_err(|error| wrong(error.to_string()))?;
        let written = all.collect().map_err(|error| wrong(error.to_string()))?;
        if let Some(problem) = keys::unknown(&written, &known) {
            return Err(wrong(problem));
        }
        all.try_deserialize().map_err(|error| wrong(keys::in_words(&error, &known)))
    }

    /// The log filter and format.
    #[must_use]
    pub fn log(&self) -> (&str, &str) {
        (&self.log, &self.log_format)
    }
}

/// The variables of the environment that are settings.
fn environment() -> anyhow::Result<std::collections::HashMap<String, String>> {
    let mut settings = std::collections::HashMap::new();
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    for (name, value) in std::env::vars_os() {
        // What is not ours may hold anything.
        let Some(name) = name.to_str().filter(|name| name.starts_with("DAILY_PAPERS_")) else { continue };
        if name == crate::clock::VARIABLE {
            continue;
        }
        let Ok(value) = value.into_string() else { anyhow::bail!("configuration: {name} is not UTF-8") };
        settings.insert(name.to_owned(), value);
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_complete_and_valid() {
        let config: Config = config::Config::builder()
            .add_source(File::from_str(DEFAULTS, FileFormat::Toml))
            .build()
            .and_then(config::Config::try_deserialize)
            .unwrap();
        for role in [Role::Serve, Role::Inspect, Role::Tool] {
            assert!(config.check(role).is_ok());
        }
    }
}
