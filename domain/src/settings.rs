//! The operator's settings, as the domain needs them: already parsed and validated when the configuration is read.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use url::{Host, Url};

use crate::calendar::Calendar;
use crate::keys::Keys;
use crate::mail::MailSettings;

/// The settings of the domain.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What links in mails and the addresses of pages start with; ends in a slash.
    pub base_url: Url,
    /// Secret keys.
    pub keys: Keys,
    /// When a feed day begins and ends, and when it is complete.
    pub calendar: Calendar,
    /// What mails say of their sender.
    pub mail: MailSettings,
    /// How digests are sent.
    pub digests: DigestSettings,
    /// What readers may submit.
    pub submissions: SubmissionSettings,
    /// What imports that an administrator starts may read.
    pub import_dir: PathBuf,
}

impl Settings {
    /// The absolute address of `path` on this service; `path` has no leading slash.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }
}

/// How digests are sent.
#[derive(Clone, Debug)]
pub struct DigestSettings {
    /// Whether confirming sends the latest edition at once.
    pub first_at_once: bool,
    /// Connections to the mail server for digests; transactional mail has one of its own.
    pub connections: usize,
    /// Messages of every kind that all workers together begin to hand over in a second; `None`: no limit.
    pub rate: Option<NonZeroU32>,
    /// How long a claimed delivery stays with its worker.
    pub lease: Duration,
}

/// What readers may submit; curators may always.
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
