//! The operator's settings, as the domain needs them: already parsed and validated when the configuration is read.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use chrono::TimeDelta;
use url::{Host, Url};

use crate::calendar::Calendar;
use crate::keys::Keys;
use crate::mail::MailSettings;

/// The settings of the domain.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The base address of pages and of links in mails; ends in a slash.
    pub base_url: Url,
    /// Secret keys.
    pub keys: Keys,
    /// The times at which feed days begin, end and are complete.
    pub calendar: Calendar,
    /// The sender of mails.
    pub mail: MailSettings,
    /// Settings for sending digests.
    pub digests: DigestSettings,
    /// The limits on submissions by readers.
    pub submissions: SubmissionSettings,
    /// The directory that imports of administrators may read.
    pub import_dir: PathBuf,
}

impl Settings {
    /// The absolute address of `path` on this service; `path` has no leading slash.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }
}

/// Settings for sending digests.
#[derive(Clone, Debug)]
pub struct DigestSettings {
    /// Whether confirming sends the latest edition at once.
    pub first_at_once: bool,
    /// Connections to the mail server for digests; transactional mail has one of its own.
    pub connections: NonZeroUsize,
    /// Messages of every kind that all workers together begin to hand over in a second; `None`: no limit.
    pub rate: Option<NonZeroU32>,
    /// The time for which a delivery is claimed.
    pub lease_time: TimeDelta,
}

/// The limits on submissions by readers; curators have none.
#[derive(Clone, Copy, Debug)]
pub struct SubmissionSettings {
    /// Papers that a person submits in a feed day at most.
    pub a_day: u64,
    /// Days after its publication within which a paper can be submitted.
    pub max_age_days: u64,
}

/// Whether an address leads to this machine alone.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
