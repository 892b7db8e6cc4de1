//! Community settings: what readers may submit.

use domain::settings::SubmissionSettings;
use serde::Deserialize;

/// The section as written.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::config) struct RawCommunity {
    submissions_per_day: u32,
    submission_max_age_days: u32,
}

impl RawCommunity {
    /// The limits on submissions: no number is wrong.
    pub(in crate::config) fn check(&self) -> SubmissionSettings {
        SubmissionSettings {
            a_day: self.submissions_per_day.into(),
            max_age_days: self.submission_max_age_days.into(),
        }
    }
}
