//! What the handlers share.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use actix_web::HttpRequest;
use domain::Services;
use ipnet::IpNet;
use tokio_util::sync::CancellationToken;

use crate::auth::BearerToken;
use crate::graphql::Schema;
use crate::graphql::cache::AnswerCache;
use crate::graphql::guard::SchemaTypes;
use crate::graphql::known::KnownDocuments;
use crate::graphql::persisted::PersistedDocuments;
use crate::limits::Limits;

/// What the handlers share.
#[derive(Clone)]
pub struct ApiState {
    /// The services, with the database as this thread has it.
    pub services: Services,
    /// The GraphQL schema.
    pub schema: Schema,
    /// The same for documents that are known to be valid.
    pub trusting: Schema,
    /// Documents that are.
    pub known: KnownDocuments,
    /// What the guard knows of it.
    pub types: SchemaTypes,
    /// What one client may ask for.
    pub limits: Limits,
    /// Answers that are kept for a moment.
    pub answers: AnswerCache,
    /// Documents that clients name by their hash.
    pub persisted: PersistedDocuments,
    /// Proxies whose X-Forwarded-For counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether browsers get GraphiQL.
    pub graphiql: bool,
    /// The folder whose mail a browser on this machine may read.
    pub dev_mail: Option<PathBuf>,
    /// What a mail server that posts bounces says who it is by.
    pub bounce_token: Option<BearerToken>,
    /// Cancelled when the process is to end: what would last, ends.
    pub stop: CancellationToken,
}

impl ApiState {
    /// Where a request came from: the peer, or what trusted proxies say of it.
    #[must_use]
    pub fn client_address(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        let forwarded = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
        client_address(peer, &hops, &self.trusted_proxies)
    }
}

/// The last hop that is no trusted proxy; each hop is what the one after it says.
fn client_address(peer: IpAddr, hops: &[&str], trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut address = peer.to_canonical();
    for hop in hops.iter().rev() {
        if !is_trusted(&address) {
            break;
        }
        let Ok(next) = hop.parse::<IpAddr>() else { break };
        address = next.to_canonical();
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let client = |peer: &str, hops: &[&str]| client_address(ip(peer), hops, &trusted);
        assert_eq!(client("192.0.2.1", &["198.51.100.1"]), ip("192.0.2.1"));
        assert_eq!(client("10.0.0.1", &["198.51.100.1"]), ip("198.51.100.1"));
        assert_eq!(client("10.0.0.1", &["203.0.113.9", "198.51.100.1", "10.0.0.2"]), ip("198.51.100.1"));
        assert_eq!(client("10.0.0.1", &["nonsense"]), ip("10.0.0.1"));
        assert_eq!(client("10.0.0.1", &[]), ip("10.0.0.1"));
    }
}
