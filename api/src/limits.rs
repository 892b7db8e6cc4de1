//! Limits for each client, in the memory of the process: token buckets, and a count of what is open. Operations are
//! charged in points to the person or the address; mails and sign-in attempts are counted separately.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use graphql_server::quota::{Budget, OpenStream, Points, Streams};

/// The number of tracked addresses above which those with full buckets are dropped.
const MAX_TRACKED_CLIENTS: usize = 10_000;

/// The limits of all clients.
#[derive(Clone, Debug)]
pub struct Limits {
    mail: Option<Arc<DefaultKeyedRateLimiter<IpAddr>>>,
    guesses: Arc<DefaultKeyedRateLimiter<IpAddr>>,
    addresses: Points<IpAddr>,
    people: Points<i64>,
    streams: Streams,
}

/// The limits that the operator sets; `None`: no limit.
#[derive(Clone, Copy, Debug)]
pub struct LimitSettings {
    /// Mails that one client may cause in a minute.
    pub mails_per_minute: Option<NonZeroU32>,
    /// Points that come back to an address in a second, up to 1,000.
    pub client_points_per_second: Option<NonZeroU32>,
    /// Points that come back to a person in a second, up to 2,000.
    pub person_points_per_second: Option<NonZeroU32>,
    /// Sockets and event streams that one client has open.
    pub client_streams: Option<NonZeroU32>,
}

/// Points that an address has at most.
const ADDRESS_POINTS: NonZeroU32 = NonZeroU32::new(1_000).unwrap();

/// The maximum number of points of a person.
const PERSON_POINTS: NonZeroU32 = NonZeroU32::new(2_000).unwrap();

/// Sign-in attempts of one client in a minute.
const GUESSES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(20).unwrap();

impl Limits {
    /// Full buckets for everyone.
    #[must_use]
    pub fn new(settings: LimitSettings) -> Self {
        let mail =
            settings.mails_per_minute.map(|mails| Arc::new(RateLimiter::keyed(Quota::per_minute(mails))));
        Self {
            mail,
            guesses: Arc::new(RateLimiter::keyed(Quota::per_minute(GUESSES_PER_MINUTE))),
            addresses: Points::new(settings.client_points_per_second, ADDRESS_POINTS),
            people: Points::new(settings.person_points_per_second, PERSON_POINTS),
            streams: Streams::new(settings.client_streams),
        }
    }

    /// Charges `points` to a person, or to the address of a client who is nobody. Returns what is left; `None`
    /// if there is no limit.
    ///
    /// # Errors
    /// What is left, if it is not enough.
    pub fn charge(&self, person: Option<i64>, client: IpAddr, points: u64) -> Result<Option<Budget>, Budget> {
        match person {
            Some(person) => self.people.charge(&person, points),
            None => self.addresses.charge(&network(client), points),
        }
    }

    /// Counts a mail that `client` causes; returns whether it may.
    #[must_use]
    pub fn allows_mail(&self, client: IpAddr) -> bool {
        self.mail.as_ref().is_none_or(|mail| allows(mail, client))
    }

    /// Counts a socket or an event stream until what is answered is dropped; `None` if `client` has as many as it
    /// may.
    #[must_use]
    pub fn open_stream(&self, client: IpAddr) -> Option<OpenStream> {
        self.streams.open(network(client))
    }

    /// Counts a sign-in attempt; returns whether `client` may make it.
    #[must_use]
    pub fn allows_guess(&self, client: IpAddr) -> bool {
        allows(&self.guesses, client)
    }
}

fn allows(limiter: &DefaultKeyedRateLimiter<IpAddr>, client: IpAddr) -> bool {
    if limiter.len() > MAX_TRACKED_CLIENTS {
        limiter.retain_recent();
    }
    limiter.check_key(&network(client)).is_ok()
}

/// One household has one IPv4 address or one IPv6 network of 64 bits.
#[must_use]
pub fn network(client: IpAddr) -> IpAddr {
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

    fn limits(mails_per_minute: u32) -> Limits {
        Limits::new(LimitSettings {
            mails_per_minute: NonZeroU32::new(mails_per_minute),
            client_points_per_second: NonZeroU32::new(60),
            person_points_per_second: NonZeroU32::new(100),
            client_streams: None,
        })
    }

    #[test]
    fn points_are_charged_to_the_person_or_to_the_address() {
        let limits = limits(0);
        let left = limits.charge(None, ip("192.0.2.1"), 900).unwrap().unwrap();
        assert_eq!((left.limit, left.remaining), (1_000, 100));
        let refused = limits.charge(None, ip("192.0.2.1"), 900).unwrap_err();
        assert!((10..=14).contains(&refused.retry_after), "{refused:?}");
        assert!(limits.charge(None, ip("192.0.2.2"), 900).is_ok());
        assert!(limits.charge(Some(1), ip("192.0.2.1"), 1_900).is_ok());
        assert!(limits.charge(Some(1), ip("192.0.2.9"), 1_000).is_err());
        assert!(limits.charge(Some(2), ip("192.0.2.1"), 1_000).is_ok());
    }

    #[test]
    fn each_client_has_a_bucket() {
        let limits = limits(2);
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
    fn zero_means_no_limit() {
        let limits = limits(0);
        assert!((0..100).all(|_| limits.allows_mail(ip("192.0.2.1"))));
    }
}
