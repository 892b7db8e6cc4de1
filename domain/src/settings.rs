//! The operator's settings, as the domain needs them: already parsed and validated when the configuration is read.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use chrono::{DateTime, DurationRound as _, TimeDelta, Timelike as _, Utc};
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
    /// The sources that are read over the network.
    pub sources: SourceSettings,
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

/// The sources that are read over the network.
#[derive(Clone, Debug)]
pub struct SourceSettings {
    /// How the owner of a site reaches the operator; without it nothing is asked of a source.
    pub contact: Option<String>,
    /// How Hugging Face's daily papers are read.
    pub hf_daily: HfDailySettings,
    /// How arXiv is read.
    pub arxiv: ArxivSettings,
}

/// How Hugging Face's daily papers are read.
#[derive(Clone, Debug)]
pub struct HfDailySettings {
    /// Whether they are read by schedule.
    pub is_scheduled: bool,
    /// The base address; ends in a slash.
    pub url: Url,
    /// The time between two readings of an open day.
    pub every: TimeDelta,
    /// The hours in which they are read by schedule.
    pub hours: Hours,
    /// The time between two requests.
    pub pause: TimeDelta,
}

/// How arXiv is read.
#[derive(Clone, Debug)]
pub struct ArxivSettings {
    /// The categories whose announcements and changes are read by schedule; none: nothing is.
    pub categories: Vec<String>,
    /// The base address of announcements; ends in a slash.
    pub listing_url: Url,
    /// The address of OAI-PMH.
    pub oai_url: Url,
    /// The address of the query API.
    pub query_url: Url,
    /// The time between two looks for an announcement that is not there yet.
    pub every: TimeDelta,
    /// The hours in which it is read by schedule.
    pub hours: Hours,
    /// The time between two requests.
    pub pause: TimeDelta,
    /// Papers that are looked up in an hour because somebody asks for them; 0: none.
    pub lookups_per_hour: u32,
}

/// Hours of the day in UTC; from `from` until before `until`, over midnight if `until` is not later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// The first hour, from 0 on.
    pub from: u32,
    /// The hour at which they end, up to 24.
    pub until: u32,
}

impl Hours {
    /// All hours.
    pub const ALL: Self = Self { from: 0, until: 24 };

    /// Hours as they are written: `6-22`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, until) = text.split_once('-')?;
        let hour = |text: &str| text.trim().parse::<u32>().ok();
        let hours = Self { from: hour(from)?, until: hour(until)? };
        (hours.from < 24 && hours.until <= 24 && hours.from != hours.until).then_some(hours)
    }

    /// Whether they hold an instant.
    #[must_use]
    pub fn hold(self, at: DateTime<Utc>) -> bool {
        let hour = at.hour();
        if self.from < self.until {
            (self.from..self.until).contains(&hour)
        } else {
            hour >= self.from || hour < self.until
        }
    }

    /// The first instant from `at` on that they hold.
    #[must_use]
    pub fn next(self, at: DateTime<Utc>) -> DateTime<Utc> {
        if self.hold(at) {
            return at;
        }
        let hour_begins = |at: DateTime<Utc>| at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at);
        (1..=24)
            .map(|hours| hour_begins(at + TimeDelta::hours(hours)))
            .find(|&at| self.hold(at))
            .unwrap_or(at)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_and_hold_instants_also_over_midnight() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (text, noon, midnight, next_after_midnight) in [
            ("0-24", true, true, "2026-01-06T00:30:00Z"),
            ("1-24", true, false, "2026-01-06T01:00:00Z"),
            ("22-6", false, true, "2026-01-06T00:30:00Z"),
            ("12-13", true, false, "2026-01-06T12:00:00Z"),
        ] {
            let hours = Hours::parse(text).unwrap();
            assert_eq!(hours.hold(at("2026-01-06T12:30:00Z")), noon, "{text}");
            assert_eq!(hours.hold(at("2026-01-06T00:30:00Z")), midnight, "{text}");
            assert_eq!(hours.next(at("2026-01-06T00:30:00Z")), at(next_after_midnight), "{text}");
        }
        for text in ["", "6", "6-6", "24-3", "0-25", "a-b", "-1-3"] {
            assert_eq!(Hours::parse(text), None, "{text}");
        }
    }
}
