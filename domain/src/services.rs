//! The services that every part needs. Built once, in the executable; cheap to clone.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use smtp::MailTransport;

use crate::Db;
use crate::clock::Clock;
use crate::events::{Event, EventBus};
use crate::queue::{Job, JobQueue};
use crate::settings::Settings;

/// The seams and the settings.
#[derive(Clone, Debug)]
pub struct Services {
    /// The operator's settings.
    pub settings: Arc<Settings>,
    /// The truth.
    pub db: Db,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Wake-ups to the workers.
    pub queue: Arc<dyn JobQueue>,
    /// Live events to those who are watching.
    pub events: Arc<dyn EventBus>,
    /// The mail transport.
    pub mail: Arc<dyn MailTransport>,
    /// Reads what sources serve.
    pub web: fetch::Client,
}

impl Services {
    /// Now.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Asks the workers for `job`. Call it after the commit.
    pub fn wake(&self, job: Job) {
        self.queue.wake(job);
    }

    /// Tells those who are watching of `event`. Call it after the commit.
    pub fn publish(&self, event: Event) {
        self.events.publish(event);
    }
}
