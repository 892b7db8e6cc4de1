//! Limits of a client: times, sizes, and the hosts that may be on private networks.
//!
//! Always: each limit holds for one request with all of its redirects, however the site behaves.

use std::time::Duration;

/// Limits of a client.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of the program, with an address for complaints.
    pub user_agent: String,
    /// Hosts that may resolve to private networks, as `host` or `host:port` in lower case; IPv6 in brackets.
    pub private_hosts: Vec<String>,
    /// The time to look up a host, connect to it and agree on TLS.
    pub connect_time: Duration,
    /// The time from the start to the last octet, redirects included.
    pub total_time: Duration,
    /// The time from the request to the end of the response's head, and between octets of its body.
    pub idle_time: Duration,
    /// Octets of a document, as received and as decoded.
    pub max_bytes: u64,
    /// Decoded octets for each received one. Documents of up to [`RATIO_JUDGED_FROM`] octets are not judged.
    pub max_ratio: u64,
}

/// Decoded octets from which on the ratio of a document is judged: short ones compress well without harm.
pub const RATIO_JUDGED_FROM: u64 = 1 << 20;

impl Default for Settings {
    fn default() -> Self {
        Self {
            user_agent: concat!("fetch/", env!("CARGO_PKG_VERSION")).to_owned(),
            private_hosts: Vec::new(),
            connect_time: Duration::from_secs(10),
            total_time: Duration::from_mins(1),
            idle_time: Duration::from_secs(20),
            max_bytes: 32 << 20,
            max_ratio: 100,
        }
    }
}
