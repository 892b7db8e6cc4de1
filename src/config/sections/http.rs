//! HTTP settings: the address, links to it, proxies, browsers, and the cache of responses.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use api::CorsOrigins;
use ipnet::IpNet;
use serde::Deserialize;
use url::{Host, Url};

use super::socket_address;
use crate::config::problems::Problems;

/// The section as written.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::config) struct RawHttp {
    listen: String,
    base_url: Option<String>,
    trusted_proxies: Option<String>,
    cors_origins: Option<String>,
    graphiql: bool,
    answer_cache_seconds: u32,
}

/// HTTP settings.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    pub listen: SocketAddr,
    /// `None`: http:// and the address that is listened on.
    pub base_url: Option<Url>,
    pub trusted_proxies: Vec<IpNet>,
    pub cors: CorsOrigins,
    pub graphiql: bool,
    /// The time for which the response to a query without a token is cached; zero disables the cache.
    pub answer_life: Duration,
}

impl RawHttp {
    pub(in crate::config) fn check(&self, problems: &mut Problems) -> Option<HttpConfig> {
        let listen = problems.take("listen", socket_address(&self.listen, "127.0.0.1:8080"));
        let base_url = problems.take_given("base_url", self.base_url.as_ref(), base_url);
        let proxies = self.trusted_proxies.as_deref().unwrap_or_default();
        let trusted_proxies = problems.take("trusted_proxies", networks(proxies));
        let origins = self.cors_origins.as_deref().unwrap_or_default();
        let cors = problems.take("cors_origins", CorsOrigins::parse(origins));
        Some(HttpConfig {
            listen: listen?,
            base_url,
            trusted_proxies: trusted_proxies?,
            cors: cors?,
            graphiql: self.graphiql,
            answer_life: Duration::from_secs(self.answer_cache_seconds.into()),
        })
    }
}

fn base_url(text: &str) -> Result<Url, String> {
    let wrong = || format!("{text:?} is not an address such as https://papers.example.org");
    let mut url = Url::parse(text).map_err(|_| wrong())?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if !is_web || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong());
    }
    if url.path() != "/" {
        return Err(format!("{text:?} has a path; the service needs its own host name"));
    }
    if matches!(url.host(), Some(Host::Domain(host)) if host.ends_with('.')) {
        return Err(wrong());
    }
    url.set_path("/");
    Ok(url)
}

fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let network = |text: &str| {
        let address = text.parse::<IpAddr>().map(IpNet::from);
        address.or_else(|_| text.parse()).map_err(|_| format!("{text:?} is not a network such as 10.0.0.0/8"))
    };
    text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(network).collect()
}
