//! Settings of papers and feeds: where feed days end, and where papers come from.

use std::path::PathBuf;
use std::time::Duration;

use domain::calendar::Calendar;
use domain::subscriptions::settings::parse_time;
use domain::zones;
use serde::Deserialize;

use super::storage::StorageConfig;
use crate::config::problems::Problems;

/// The next day ends then.
const MAX_DEADLINE_HOURS: u64 = 24;

/// The section as written.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::config) struct RawFeeds {
    feed_closes_at: String,
    feed_time_zone: String,
    feed_deadline_hours: u64,
    sample_papers: Option<String>,
    import_dir: Option<PathBuf>,
}

/// Settings of papers and feeds.
#[derive(Clone, Debug)]
pub struct FeedsConfig {
    pub calendar: Calendar,
    /// Whether sample papers are loaded into a database without papers.
    pub has_sample_papers: bool,
    pub import_dir: PathBuf,
}

impl RawFeeds {
    /// Checks the section; what is left out depends on where everything is stored.
    pub(in crate::config) fn check(
        &self,
        storage: Option<&StorageConfig>,
        problems: &mut Problems,
    ) -> Option<FeedsConfig> {
        let zone = zones::find(&self.feed_time_zone).ok_or_else(|| {
            format!("{:?} is not an IANA time zone such as Europe/Paris", self.feed_time_zone)
        });
        let closes_at = parse_time(&self.feed_closes_at)
            .ok_or_else(|| format!("{:?} is not a time of day such as 21:30", self.feed_closes_at));
        let zone = problems.take("feed_time_zone", zone);
        let closes_at = problems.take("feed_closes_at", closes_at);
        problems.require(
            self.feed_deadline_hours <= MAX_DEADLINE_HOURS,
            &format!("feed_deadline_hours must be at most {MAX_DEADLINE_HOURS}"),
        );
        let deadline = Duration::from_hours(self.feed_deadline_hours.min(MAX_DEADLINE_HOURS));
        let has_samples = problems.take_given("sample_papers", self.sample_papers.as_ref(), |text| {
            text.parse::<bool>().map_err(|_| format!("{text:?} is neither true nor false"))
        });
        let storage = storage?;
        Some(FeedsConfig {
            calendar: Calendar::new(zone?, closes_at?).with_deadline(deadline),
            has_sample_papers: has_samples.unwrap_or(!storage.is_postgres()),
            import_dir: self.import_dir.clone().unwrap_or_else(|| storage.data_dir.join("import")),
        })
    }
}
