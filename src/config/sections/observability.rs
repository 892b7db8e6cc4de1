//! Observability settings: metrics, spans and the log.

use std::net::SocketAddr;

use serde::Deserialize;
use url::Url;

use super::socket_address;
use crate::config::problems::Problems;
use crate::logging::{self, LogFormat, LogSettings};

/// The section as written.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::config) struct RawObservability {
    metrics_listen: Option<String>,
    otlp_endpoint: Option<String>,
    log: String,
    log_format: String,
}

/// Observability settings.
#[derive(Clone, Debug)]
pub struct ObservabilityConfig {
    /// `None`: there are no metrics.
    pub metrics_listen: Option<SocketAddr>,
    /// `None`: spans are sent nowhere.
    pub otlp_endpoint: Option<Url>,
    pub log: LogSettings,
}

impl RawObservability {
    pub(in crate::config) fn check(&self, problems: &mut Problems) -> Option<ObservabilityConfig> {
        let metrics_listen = problems.take_given("metrics_listen", self.metrics_listen.as_ref(), |text| {
            socket_address(text, "127.0.0.1:9464")
        });
        let otlp_endpoint = problems.take_given("otlp_endpoint", self.otlp_endpoint.as_ref(), otlp_endpoint);
        let filter = problems.take("log", logging::filter(&self.log));
        let format = problems.take("log_format", log_format(&self.log_format));
        let log = LogSettings { filter: filter?, format: format? };
        Some(ObservabilityConfig { metrics_listen, otlp_endpoint, log })
    }
}

fn otlp_endpoint(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| format!("{text:?} is not a valid address such as http://127.0.0.1:4318"))
}

fn log_format(text: &str) -> Result<LogFormat, &'static str> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be text or json"),
    }
}
