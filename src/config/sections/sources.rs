//! Settings of the sources that are read over the network.

use chrono::TimeDelta;
use domain::papers::taxonomy;
use domain::settings::{ArxivSettings, HfDailySettings, Hours, SourceSettings};
use serde::Deserialize;
use smtp::Address;
use url::Url;

use crate::config::problems::Problems;

/// The longest time between two readings, in minutes.
const MAX_MINUTES: u32 = 24 * 60;

/// The longest pause between two requests, in seconds.
const MAX_PAUSE: u32 = 600;

/// Categories that are read by schedule.
const MAX_CATEGORIES: usize = 200;

/// The section as written.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::config) struct RawSources {
    sources: Option<String>,
    arxiv_categories: Option<String>,
    source_contact: Option<String>,
    hf_daily_minutes: u32,
    hf_daily_hours: String,
    arxiv_minutes: u32,
    arxiv_hours: String,
    arxiv_lookups_per_hour: u32,
    hf_pause_seconds: u32,
    arxiv_pause_seconds: u32,
    hf_url: String,
    arxiv_url: String,
    arxiv_oai_url: String,
    arxiv_query_url: String,
    source_private_hosts: Option<String>,
}

/// Settings of the sources.
#[derive(Clone, Debug)]
pub struct SourcesConfig {
    pub sources: SourceSettings,
    /// Hosts that may lead to a private network.
    pub private_hosts: Vec<String>,
}

/// The parts of a list with commas.
fn listed(text: Option<&String>) -> Vec<String> {
    let parts = text.map(String::as_str).unwrap_or_default().split(',').map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

impl RawSources {
    /// Checks the section.
    pub(in crate::config) fn check(&self, problems: &mut Problems) -> Option<SourcesConfig> {
        let (mut has_hf_daily, mut has_arxiv) = (false, false);
        for name in listed(self.sources.as_ref()) {
            match name.as_str() {
                "hf-daily" => has_hf_daily = true,
                "arxiv" => has_arxiv = true,
                _ => problems.push(format!("sources: {name:?} is neither hf-daily nor arxiv")),
            }
        }
        let categories = self.categories(problems);
        problems.require(
            has_arxiv || categories.is_empty(),
            "arxiv_categories has no effect unless sources lists arxiv",
        );
        problems.require(
            !has_arxiv || !categories.is_empty(),
            "sources lists arxiv, which requires arxiv_categories",
        );
        let contact = problems.take_given("source_contact", self.source_contact.as_ref(), contact);
        let is_asked = has_hf_daily || has_arxiv || self.arxiv_lookups_per_hour > 0;
        problems.require(
            !is_asked || self.source_contact.is_some(),
            "sources and arxiv_lookups_per_hour require source_contact",
        );
        let mut every = |key: &str, minutes: u32| {
            problems
                .require((1..=MAX_MINUTES).contains(&minutes), &format!("{key} must be 1 to {MAX_MINUTES}"));
            TimeDelta::minutes(minutes.into())
        };
        let hf_every = every("hf_daily_minutes", self.hf_daily_minutes);
        let arxiv_every = every("arxiv_minutes", self.arxiv_minutes);
        let mut pause = |key: &str, seconds: u32| {
            problems.require(seconds <= MAX_PAUSE, &format!("{key} must be at most {MAX_PAUSE}"));
            TimeDelta::seconds(seconds.into())
        };
        let hf_pause = pause("hf_pause_seconds", self.hf_pause_seconds);
        let arxiv_pause = pause("arxiv_pause_seconds", self.arxiv_pause_seconds);
        let mut hours = |key: &str, text: &str| {
            let hours =
                Hours::parse(text).ok_or_else(|| format!("{text:?} is not a range of hours such as 6-22"));
            problems.take(key, hours)
        };
        let hf_hours = hours("hf_daily_hours", &self.hf_daily_hours);
        let arxiv_hours = hours("arxiv_hours", &self.arxiv_hours);
        let mut url = |key: &str, text: &str, is_base: bool| problems.take(key, address(text, is_base));
        let hf_url = url("hf_url", &self.hf_url, true);
        let listing_url = url("arxiv_url", &self.arxiv_url, true);
        let oai_url = url("arxiv_oai_url", &self.arxiv_oai_url, false);
        let query_url = url("arxiv_query_url", &self.arxiv_query_url, false);
        Some(SourcesConfig {
            sources: SourceSettings {
                contact,
                hf_daily: HfDailySettings {
                    is_scheduled: has_hf_daily,
                    url: hf_url?,
                    every: hf_every,
                    hours: hf_hours?,
                    pause: hf_pause,
                },
                arxiv: ArxivSettings {
                    categories,
                    listing_url: listing_url?,
                    oai_url: oai_url?,
                    query_url: query_url?,
                    every: arxiv_every,
                    hours: arxiv_hours?,
                    pause: arxiv_pause,
                    lookups_per_hour: self.arxiv_lookups_per_hour,
                },
            },
            private_hosts: listed(self.source_private_hosts.as_ref())
                .into_iter()
                .map(|host| host.to_ascii_lowercase())
                .collect(),
        })
    }

    /// The categories, each by the code under which arXiv lists it.
    fn categories(&self, problems: &mut Problems) -> Vec<String> {
        let mut codes: Vec<String> = Vec::new();
        for typed in listed(self.arxiv_categories.as_ref()) {
            match taxonomy::checked(&typed) {
                Ok(code) => {
                    let code = taxonomy::main_code(code).to_owned();
                    if !codes.contains(&code) {
                        codes.push(code);
                    }
                }
                Err(problem) => problems.push(format!("arxiv_categories: {problem}")),
            }
        }
        problems.require(
            codes.len() <= MAX_CATEGORIES,
            &format!("arxiv_categories must have at most {MAX_CATEGORIES} categories"),
        );
        codes
    }
}

/// A mail address or a web address.
fn contact(text: &str) -> Result<String, String> {
    let is_web = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if is_web || Address::parse(text).is_some() {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is neither a mail address nor a web address"))
    }
}

/// The address of a source; a base address ends in a slash.
fn address(text: &str, is_base: bool) -> Result<Url, String> {
    let text = if is_base && !text.ends_with('/') { format!("{text}/") } else { text.to_owned() };
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| format!("{text:?} is not a web address such as https://arxiv.org/"))
}
