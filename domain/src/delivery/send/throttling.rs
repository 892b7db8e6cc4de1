//! Throttling: if several recipient domains in a row defer mail, the relay itself is throttling.
//!
//! A reply of 4.7.x to one recipient is about that delivery: greylisting says it (RFC 6647). When recipients of several
//! domains get it and nobody else is answered otherwise in between, it is the mail server that has enough of us, and its
//! lane is held.
//!
//! Always: a single domain never holds a lane, however many of its recipients are put off.

use std::collections::{HashMap, HashSet};

use parking_lot::Mutex;

use crate::outbox::Lane;

/// Different recipient domains in a row from which on a lane is held.
const MIN_DOMAINS: usize = 3;

/// The recipient domains of each lane that were put off since another reply came.
#[derive(Debug, Default)]
pub(crate) struct Throttling(Mutex<HashMap<Lane, HashSet<String>>>);

impl Throttling {
    /// One more recipient was put off by 4.7.x. Returns how many domains that are in a row, when they are enough to
    /// hold the lane.
    pub(crate) fn add(&self, lane: Lane, domain: &str) -> Option<usize> {
        let mut lanes = self.0.lock();
        let domains = lanes.entry(lane).or_default();
        if domains.len() < MIN_DOMAINS {
            domains.insert(domain.to_owned());
        }
        (domains.len() >= MIN_DOMAINS).then_some(domains.len())
    }

    /// A recipient was answered otherwise.
    pub(crate) fn reset(&self, lane: Lane) {
        self.0.lock().remove(&lane);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttling_by_several_domains_in_a_row_is_the_server() {
        let throttling = Throttling::default();
        let lane = Lane::Digests;
        for _ in 0..20 {
            assert_eq!(throttling.add(lane, "one.example"), None);
        }
        assert_eq!(throttling.add(lane, "two.example"), None);
        assert_eq!(throttling.add(Lane::Transactional, "three.example"), None);
        assert_eq!(throttling.add(lane, "three.example"), Some(3));
        assert_eq!(throttling.add(lane, "one.example"), Some(3));
    }

    #[test]
    fn another_reply_resets_the_count() {
        let throttling = Throttling::default();
        for _ in 0..10 {
            assert_eq!(throttling.add(Lane::Digests, "one.example"), None);
            assert_eq!(throttling.add(Lane::Digests, "two.example"), None);
            throttling.reset(Lane::Digests);
        }
    }
}
