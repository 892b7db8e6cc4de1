//! A connection to the host of an address: looked up, judged, connected to, and with TLS if the address has https.
//!
//! The host is looked up once, and the addresses that were found and judged are those that are connected to: a name that
//! changes its address in between gains nothing. There is one connection a request, so that none is left that may be
//! half dead, and no proxy.
//!
//! Always: no octet goes to an address that [`addresses`](crate::addresses) refuses, unless the host may be private; a
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
use crate::error::{Error, Result, Stage};

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
            Err(Error::TooSlow { host, stage: Stage::Connect, limit: self.connect_time })
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
        let Some(first) = found.first().map(SocketAddr::ip) else {
            return Err(unknown(&"it has no address"));
        };
        if !self.may_be_private(host, port) {
            found.retain(|address| addresses::refusal(address.ip()).is_none());
        }
        if found.is_empty() {
            return Err(refused(host, first));
        }
        found.truncate(MAX_ADDRESSES);
        Ok(found)
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
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Address(format!("the address at {host} names a user, which is not supported")));
    }
    Ok(())
}

/// The host of an address, as messages name it.
pub(crate) fn host_of(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

fn refused(host: &str, address: IpAddr) -> Error {
    let reason = addresses::refusal(address).unwrap_or("a reserved address");
    let subject = if host.trim_matches(['[', ']']) == address.to_string() {
        format!("{host} is")
    } else {
        format!("{host} is at {address},")
    };
    Error::Address(format!("{subject} {reason}, and not among the hosts that may be private"))
}
