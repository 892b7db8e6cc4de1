//! A connection to the host of an address: looked up, judged, connected to, and with TLS if the address has https.
//!
//! The host is looked up once, and the addresses that were found and judged are those that are connected to: a name that
//! changes its address in between gains nothing. There is one connection a request, so that none is left that may be
//! half dead, and no proxy.
//!
//! Always: no octet goes to an address that [`addresses`] refuses, unless the host may be private; a
//! certificate is verified by the authorities that Mozilla lists.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use crate::addresses;
use crate::error::{Error, RequestStage, Result};

/// Addresses of a host that are tried.
const MAX_ADDRESSES: usize = 4;

/// What HTTP goes over.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Makes connections.
#[derive(Debug)]
pub(crate) struct Connector {
    tls: Arc<ClientConfig>,
    private_hosts: Vec<String>,
    connect_time: Duration,
}

impl Connector {
    pub(crate) fn new(
        roots: RootCertStore,
        private_hosts: Vec<String>,
        connect_time: Duration,
    ) -> Result<Self> {
        // HTTP/1.1 alone is spoken, and no other protocol offered.
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Settings(format!("TLS cannot be used: {error}")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: Arc::new(tls), private_hosts, connect_time })
    }

    /// A connection to the host of an address that [`check`] has passed.
    pub(crate) async fn connect(&self, url: &Url) -> Result<Box<dyn Wire>> {
        timeout(self.connect_time, self.connect_in_time(url)).await.unwrap_or_else(|_| {
            let host = host_of(url).to_owned();
            Err(Error::TooSlow { host, stage: RequestStage::Connect, limit: self.connect_time })
        })
    }

    async fn connect_in_time(&self, url: &Url) -> Result<Box<dyn Wire>> {
        let addresses = self.resolve(url).await?;
        let stream = self.open(url, &addresses).await?;
        // Requests are one packet each, which need not wait for another.
        let _ = stream.set_nodelay(true);
        if url.scheme() != "https" {
            return Ok(Box::new(stream));
        }
        let host = host_of(url);
        let unreachable = |error: &dyn std::fmt::Display| {
            Error::Unreachable(format!("{host} cannot be connected to by TLS: {error}"))
        };
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|error| unreachable(&error))?;
        let connected = TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await;
        Ok(Box::new(connected.map_err(|error| unreachable(&error))?))
    }

    /// The addresses of a host that may be connected to; at least one.
    async fn resolve(&self, url: &Url) -> Result<Vec<SocketAddr>> {
        let host = host_of(url);
        let port = url.port_or_known_default().unwrap_or(80);
        let unknown =
            |error: &dyn std::fmt::Display| Error::Unreachable(format!("{host} cannot be found: {error}"));
        let mut found: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(address)) => vec![(address, port).into()],
            Some(Host::Ipv6(address)) => vec![(address, port).into()],
            Some(Host::Domain(name)) => {
                lookup_host((name, port)).await.map_err(|error| unknown(&error))?.collect()
            }
            None => Vec::new(),
        };
        let refused = found.iter().find_map(|at| Some((at.ip(), addresses::refusal(at.ip())?)));
        if !self.may_be_private(host, port) {
            found.retain(|at| addresses::refusal(at.ip()).is_none());
        }
        if found.is_empty() {
            return Err(refused.map_or_else(|| unknown(&"it has no address"), |refused| refuse(url, refused)));
        }
        let mut addresses = alternate_families(found);
        addresses.truncate(MAX_ADDRESSES);
        Ok(addresses)
    }

    fn may_be_private(&self, host: &str, port: u16) -> bool {
        let with_port = format!("{host}:{port}");
        self.private_hosts.iter().any(|allowed| *allowed == host || *allowed == with_port)
    }

    /// Tries one address after the other. Each but the last has its share of the time, so that one which is silent leaves
    /// some to the others.
    async fn open(&self, url: &Url, addresses: &[SocketAddr]) -> Result<TcpStream> {
        let share = self.connect_time / u32::try_from(addresses.len() + 1).unwrap_or(u32::MAX);
        let mut failure = io::Error::from(io::ErrorKind::TimedOut);
        for (position, address) in addresses.iter().enumerate() {
            let connecting = TcpStream::connect(address);
            let connected = if position + 1 == addresses.len() {
                connecting.await
            } else {
                timeout(share, connecting).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            };
            match connected {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = error,
            }
        }
        Err(Error::Unreachable(format!("{} cannot be connected to: {failure}", host_of(url))))
    }
}

/// Refuses an address that no connection may be made to, before its host is looked up.
pub(crate) fn check(url: &Url) -> Result<()> {
    let host = host_of(url);
    if !matches!(url.scheme(), "http" | "https") || host.is_empty() {
        return Err(Error::Address(format!("{}:{host} is not an address on the web", url.scheme())));
    }
    if has_user(url) {
        return Err(Error::Address(format!("the address at {host} names a user, which is not supported")));
    }
    Ok(())
}

/// Whether an address has a name or a password in it.
pub(crate) fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// The host of an address, as messages name it.
pub(crate) fn host_of(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

/// The error for a host at an address that is refused for a reason.
fn refuse(url: &Url, (address, reason): (IpAddr, &str)) -> Error {
    let host = host_of(url);
    let subject = match url.host() {
        Some(Host::Domain(_)) => format!("{host} is at {address},"),
        _ => format!("{host} is"),
    };
    Error::Address(format!("{subject} {reason}, and not among the hosts that may be private"))
}

/// Addresses of IPv6 and IPv4 by turns, beginning with the family of the first, so that a network on which one of them
/// does not work costs one attempt. RFC 8305, section 4.
fn alternate_families(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let count = found.len();
    let begins_with_v6 = found.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = found.into_iter().partition(|at| at.is_ipv6() == begins_with_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let pairs = std::iter::repeat_with(|| [first.next(), second.next()]).take(count);
    pairs.flatten().flatten().collect()
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    fn addresses(listed: &[&str]) -> Vec<SocketAddr> {
        listed.iter().map(|one| one.parse().unwrap()).collect()
    }

    #[test]
    fn families_take_turns() {
        for (found, tried) in [
            (vec![], vec![]),
            (vec!["1.1.1.1:80"], vec!["1.1.1.1:80"]),
            (
                vec!["[::1]:80", "[::2]:80", "[::3]:80", "1.1.1.1:80", "2.2.2.2:80"],
                vec!["[::1]:80", "1.1.1.1:80", "[::2]:80", "2.2.2.2:80", "[::3]:80"],
            ),
            (
                vec!["1.1.1.1:80", "2.2.2.2:80", "3.3.3.3:80", "[::1]:80"],
                vec!["1.1.1.1:80", "[::1]:80", "2.2.2.2:80", "3.3.3.3:80"],
            ),
        ] {
            assert_eq!(alternate_families(addresses(&found)), addresses(&tried));
        }
    }

    #[tokio::test]
    async fn the_next_address_is_tried_if_one_does_not_answer() {
        let connector = Connector::new(RootCertStore::empty(), Vec::new(), Duration::from_mins(1)).unwrap();
        let url = "http://example.org/".parse().unwrap();
        let site = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let closed = connector.open(&url, &[site, site]).await.unwrap_err();
        assert!(matches!(&closed, Error::Unreachable(why) if why.contains("refused")), "{closed}");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        let stream = connector.open(&url, &[site, open]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open);
    }
}
