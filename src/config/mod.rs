//! The configuration: defaults, then a file, then the environment.
//!
//! [`Config`] is what was written, in the [`sections`] of defaults.toml. [`Config::check`] turns it into a
//! [`ValidConfig`], whose values are typed and can no longer be wrong. Keys are flat, so that a key in a file and its
//! variable in the environment have one name; a section is a heading in the file and a module here.
//!
//! Always: every mistake is reported, in one error, with the key of its setting.

mod between_sections;
mod problems;
mod sections;
mod written;

use std::path::{Path, PathBuf};

use config::{Environment, File, FileFormat, Source as _, Value};
use domain::settings::SubmissionSettings;
use serde::Deserialize;

use problems::Problems;
pub use sections::storage::Database;
use sections::{
    bounces, community, delivery, feeds, http, limits, mail, observability, search, sources, storage,
};

/// All settings with their defaults, documented.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// The file that is read if it exists and none is named.
const DEFAULT_FILE: &str = "daily-papers.toml";

/// The role of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything in one process.
    Serve,
    /// HTTP only, beside others.
    Api,
    /// The worker only, beside others.
    Worker,
    /// A command that ends, and shows mail as it goes out.
    Inspect,
    /// A command that ends, and builds no mail.
    Tool,
}

/// The settings as they were written; defaults.toml says what each means.
#[derive(Clone, Debug)]
pub struct Config {
    sections: RawSections,
    problems: Problems,
}

/// The sections, whose keys share one level. Unknown keys are found before.
#[derive(Clone, Debug, Deserialize)]
struct RawSections {
    #[serde(flatten)]
    http: http::RawHttp,
    #[serde(flatten)]
    storage: storage::RawStorage,
    #[serde(flatten)]
    feeds: feeds::RawFeeds,
    #[serde(flatten)]
    sources: sources::RawSources,
    #[serde(flatten)]
    search: search::RawSearch,
    #[serde(flatten)]
    mail: mail::RawMail,
    #[serde(flatten)]
    delivery: delivery::RawDelivery,
    #[serde(flatten)]
    bounces: bounces::RawBounces,
    #[serde(flatten)]
    limits: limits::RawLimits,
    #[serde(flatten)]
    community: community::RawCommunity,
    #[serde(flatten)]
    observability: observability::RawObservability,
}

/// Settings that can no longer be wrong.
#[derive(Clone, Debug)]
pub struct ValidConfig {
    pub http: http::HttpConfig,
    pub storage: storage::StorageConfig,
    pub feeds: feeds::FeedsConfig,
    pub sources: sources::SourcesConfig,
    /// The number of papers that a model puts in order for a search.
    pub reranked_papers: usize,
    pub mail: mail::MailConfig,
    pub delivery: delivery::DeliveryConfig,
    pub bounces: bounces::BouncesConfig,
    pub limits: limits::LimitsConfig,
    pub submissions: SubmissionSettings,
    pub observability: observability::ObservabilityConfig,
    /// The folder whose mail a browser on this machine may read; `None`: there is no such page.
    pub dev_mail: Option<PathBuf>,
}

impl Config {
    /// Reads the configuration. `file` must exist if it is named.
    ///
    /// # Errors
    /// Sources that cannot be read. Mistakes in the settings are reported by [`Config::check`].
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let from_file = match file {
            Some(file) => File::from(file).format(FileFormat::Toml),
            None => File::new(DEFAULT_FILE, FileFormat::Toml).required(false),
        };
        let environment = Environment::with_prefix("DAILY_PAPERS")
            .prefix_separator("_")
            .ignore_empty(true)
            .source(Some(environment()?));
        Self::read(config::Config::builder().add_source(from_file).add_source(environment))
            .map_err(|error| anyhow::anyhow!("configuration: {error}"))
    }

    fn read(
        written: config::ConfigBuilder<config::builder::DefaultState>,
    ) -> Result<Self, config::ConfigError> {
        let defaults = File::from_str(DEFAULTS, FileFormat::Toml).collect()?;
        let mut problems = Problems::default();
        let settings = written::merge(&defaults, written.build()?.collect()?, &mut problems);
        let sections = RawSections::deserialize(Value::new(None, settings))?;
        Ok(Self { sections, problems })
    }

    /// The validated configuration for a process of this role.
    ///
    /// # Errors
    /// Every mistake, each naming its key.
    pub fn check(&self, role: Role) -> anyhow::Result<ValidConfig> {
        let mut problems = self.problems.clone();
        let valid = self.sections.check(role, &mut problems);
        problems.result()?;
        valid.ok_or_else(|| anyhow::anyhow!("configuration: a section is invalid, but does not say why"))
    }
}

impl RawSections {
    fn check(&self, role: Role, problems: &mut Problems) -> Option<ValidConfig> {
        let http = self.http.check(problems);
        let storage = self.storage.check(role, problems);
        let feeds = self.feeds.check(storage.as_ref(), problems);
        let sources = self.sources.check(problems);
        let reranked_papers = self.search.check(problems);
        let mail = self.mail.check(role, problems);
        let delivery = self.delivery.check(mail.as_ref(), problems);
        let bounces = self.bounces.check(problems);
        let observability = self.observability.check(problems);
        // The rest depends on several sections.
        let (http, mail, delivery) = (http?, mail?, delivery?);
        between_sections::require_for_strangers(&http, &mail, &delivery, problems);
        let (storage, feeds, sources) = (storage?, feeds?, sources?);
        let dev_mail = between_sections::dev_mail(role, &http, &storage, &delivery);
        Some(ValidConfig {
            http,
            storage,
            feeds,
            sources,
            reranked_papers,
            mail,
            delivery,
            bounces,
            limits: self.limits.check(),
            submissions: self.community.check(),
            observability: observability?,
            dev_mail,
        })
    }
}

/// The variables of the environment that are settings.
fn environment() -> anyhow::Result<std::collections::HashMap<String, String>> {
    let mut settings = std::collections::HashMap::new();
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    for (name, value) in std::env::vars_os() {
        // What is not ours may hold anything.
        let Some(name) = name.to_str().filter(|name| name.starts_with("DAILY_PAPERS_")) else { continue };
        if name == crate::clock::TEST_CLOCK_VARIABLE {
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

    fn read(file: &str) -> Config {
        let file = File::from_str(file, FileFormat::Toml);
        Config::read(config::Config::builder().add_source(file)).unwrap()
    }

    #[test]
    fn the_defaults_are_complete_and_valid() {
        for role in [Role::Serve, Role::Inspect, Role::Tool] {
            read("").check(role).unwrap();
        }
        // The defaults can be saved as a file.
        read(DEFAULTS).check(Role::Serve).unwrap();
    }

    #[test]
    fn mistakes_in_names_kinds_and_values_are_reported_together() {
        let file = "listne = 1\nlease_minutes = 1.5\ngraphiql = \"perhaps\"\nfeed_closes_at = \"25:00\"\nlog_format = \"xml\"";
        let problems = read(file).check(Role::Serve).unwrap_err().to_string();
        for key in ["listne", "lease_minutes", "graphiql", "feed_closes_at", "log_format"] {
            assert!(problems.contains(key), "{key} is missing in {problems}");
        }
    }
}
