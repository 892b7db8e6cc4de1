//! How often one client may cause a mail, or try to sign in: a token bucket for each IP address, in the memory of the process.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Addresses that are remembered before those with full buckets are forgotten.
const REMEMBERED: usize = 10_000;

/// See the module.
#[derive(Clone, Debug)]
pub struct Limits {
    mail: Option<Arc<DefaultKeyedRateLimiter<IpAddr>>>,
    guesses: Arc<DefaultKeyedRateLimiter<IpAddr>>,
}

/// Tries to sign in that one client has in a minute.
const GUESSES: NonZeroU32 = NonZeroU32::new(20).unwrap();

impl Limits {
    /// At most `mails_per_minute` mails for each client, as many at once; without a limit where it is 0.
    #[must_use]
    pub fn new(mails_per_minute: u32) -> Self {
        let mail = NonZeroU32::new(mails_per_minute)
            .map(|mails| Arc::new(RateLimiter::keyed(Quota::per_minute(mails))));
        Self { mail, guesses: Arc::new(RateLimiter::keyed(Quota::per_minute(GUESSES))) }
    }

    /// Counts a mail that `client` causes; answers whether it may.
    #[must_use]
    pub fn allows_mail(&self, client: IpAddr) -> bool {
        self.mail.as_ref().is_none_or(|mail| allows(mail, client))
    }

    /// Counts a try to sign in; answers whether `client` has it.
    #[must_use]
    pub fn allows_guess(&self, client: IpAddr) -> bool {
        allows(&self.guesses, client)
    }
}

fn allows(limiter: &DefaultKeyedRateLimiter<IpAddr>, client: IpAddr) -> bool {
    if limiter.len() > REMEMBERED {
        limiter.retain_recent();
    }
    limiter.check_key(&network(client)).is_ok()
}

/// One household has one IPv4 address or one IPv6 network of 64 bits.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_client_has_a_bucket() {
        let limits = Limits::new(2);
        assert!(limits.allows_mail(ip("192.0.2.1")));
        assert!(limits.allows_mail(ip("::ffff:192.0.2.1")));
        assert!(!limits.allows_mail(ip("192.0.2.1")));
        assert!(limits.allows_mail(ip("192.0.2.2")));
        assert!(limits.allows_mail(ip("2001:db8::1")));
        assert!(limits.allows_mail(ip("2001:db8::2")));
        assert!(!limits.allows_mail(ip("2001:db8::3")));
        assert!(limits.allows_mail(ip("2001:db8:0:1::1")));
    }

    #[test]
    fn zero_is_no_limit() {
        let limits = Limits::new(0);
        assert!((0..100).all(|_| limits.allows_mail(ip("192.0.2.1"))));
    }
}
