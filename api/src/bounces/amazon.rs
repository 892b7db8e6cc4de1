//! HTTPS requests to Amazon SNS: fetching certificates, which are cached, and confirming subscriptions.
//!
//! Only addresses that [`sns`] has found to be Amazon's are asked, one at a time, without following it elsewhere.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use domain::bounces::notices::sns;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use ureq::Agent;
use url::Url;

/// The time limit for a response.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The size limit of a response; a certificate has about 2,000 bytes.
const MAX_RESPONSE_BYTES: u64 = 32 * 1024;

/// The maximum number of cached certificates. Each region has one, which changes once a year.
const MAX_CACHED_CERTIFICATES: usize = 16;

/// The client for Amazon SNS.
#[derive(Debug)]
pub struct Amazon {
    agent: Agent,
    certificates: Mutex<HashMap<Url, Arc<[u8]>>>,
}

impl Default for Amazon {
    fn default() -> Self {
        let config =
            Agent::config_builder().https_only(true).max_redirects(0).timeout_global(Some(REQUEST_TIMEOUT));
        Self { agent: config.build().into(), certificates: Mutex::default() }
    }
}

impl Amazon {
    /// Whether Amazon signed a message.
    ///
    /// # Errors
    /// If its certificate cannot be fetched.
    pub(super) async fn has_signed(&self, message: &Value) -> io::Result<bool> {
        let Some(url) = sns::certificate_url(message) else { return Ok(false) };
        let mut certificates = self.certificates.lock().await;
        let certificate = if let Some(kept) = certificates.get(&url) {
            Arc::clone(kept)
        } else {
            let fetched: Arc<[u8]> = self.get(url.clone()).await?.into();
            if certificates.len() >= MAX_CACHED_CERTIFICATES {
                certificates.clear();
            }
            certificates.insert(url, Arc::clone(&fetched));
            fetched
        };
        drop(certificates);
        Ok(sns::has_signed(&certificate, message))
    }

    /// Opens an address, as a person would who follows a link.
    ///
    /// # Errors
    /// If there is no good answer.
    pub(super) async fn visit(&self, url: Url) -> io::Result<()> {
        self.get(url).await.map(drop)
    }

    async fn get(&self, url: Url) -> io::Result<Vec<u8>> {
        let agent = self.agent.clone();
        let fetch = move || {
            let mut answer = agent.get(url.as_str()).call().map_err(io::Error::other)?;
            answer.body_mut().with_config().limit(MAX_RESPONSE_BYTES).read_to_vec().map_err(io::Error::other)
        };
        spawn_blocking(fetch).await.map_err(io::Error::other)?
    }
}
