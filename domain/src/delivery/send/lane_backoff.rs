//! The backoff of a lane: failures that are not the recipient's hold back the whole lane, each time for longer.
//!
//! They are a worker's own: each finds out for itself whether it reaches the mail server.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;

use crate::outbox::{Lane, retry};
use crate::{Services, random};

/// The backoff state of every lane.
#[derive(Debug)]
pub(crate) struct LaneBackoff {
    services: Services,
    lanes: Mutex<HashMap<Lane, Hold>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Hold {
    until: Option<DateTime<Utc>>,
    failures: u32,
}

impl LaneBackoff {
    pub(crate) fn new(services: Services) -> Self {
        Self { services, lanes: Mutex::default() }
    }

    /// Until when a lane is held; `None` if it is not.
    pub(crate) fn held_until(&self, lane: Lane) -> Option<DateTime<Utc>> {
        let lanes = self.lanes.lock();
        lanes.get(&lane).and_then(|hold| hold.until).filter(|&until| self.services.now() < until)
    }

    /// Holds the lane, if it is not held yet; returns until when.
    pub(crate) fn hold(&self, lane: Lane, why: &str) -> DateTime<Utc> {
        if let Some(until) = self.held_until(lane) {
            return until;
        }
        let mut lanes = self.lanes.lock();
        let hold = lanes.entry(lane).or_default();
        let wait = retry::hold_delay(hold.failures, random::fraction());
        let until = self.services.now() + wait;
        hold.failures += 1;
        hold.until = Some(until);
        let seconds = wait.to_std().unwrap_or(Duration::ZERO).as_secs();
        tracing::warn!(?lane, why, seconds, "mail is held back");
        until
    }

    /// Forgets earlier failures once a message has gone that was started after the last hold.
    pub(crate) fn reset(&self, lane: Lane, began: DateTime<Utc>) {
        let mut lanes = self.lanes.lock();
        if lanes.get(&lane).is_some_and(|hold| hold.until.is_none_or(|until| until <= began)) {
            lanes.remove(&lane);
        }
    }
}
