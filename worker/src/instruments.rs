//! The metrics of this crate: their names, what they say, and zeros to begin with. docs/metrics.md lists all.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::queue::Job;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// Runs of jobs, by name and outcome.
pub const JOBS_TOTAL: &str = "daily_papers_jobs_total";
/// Runs of jobs, in seconds, by name.
pub const JOB_DURATION: &str = "daily_papers_job_duration_seconds";
/// The end of the last run that succeeded, by name.
pub const JOB_LAST_SUCCESS: &str = "daily_papers_job_last_success_timestamp_seconds";

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunOutcome {
    Done,
    Failed,
    Panicked,
}

impl RunOutcome {
    const ALL: [Self; 3] = [Self::Done, Self::Failed, Self::Panicked];

    /// The name in labels and spans.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
        }
    }
}

/// Says what the metrics are, and sets counters to zero. Call it once the recorder is set.
pub fn register() {
    describe_counter!(JOBS_TOTAL, "Runs of jobs, by name and outcome: done, failed or panicked.");
    describe_histogram!(JOB_DURATION, Unit::Seconds, "Time that runs of jobs took, by name.");
    describe_gauge!(JOB_LAST_SUCCESS, Unit::Seconds, "End of the last run that succeeded here, by name.");
    for job in Job::ALL {
        for outcome in RunOutcome::ALL {
            counter!(JOBS_TOTAL, "name" => job.name(), "outcome" => outcome.name()).absolute(0);
        }
        let _ = histogram!(JOB_DURATION, "name" => job.name());
    }
}

/// Counts a run that has ended.
pub(crate) fn record_run(job: Job, outcome: RunOutcome, took: Duration, now: DateTime<Utc>) {
    counter!(JOBS_TOTAL, "name" => job.name(), "outcome" => outcome.name()).increment(1);
    histogram!(JOB_DURATION, "name" => job.name()).record(took);
    if outcome == RunOutcome::Done {
        #[expect(clippy::cast_precision_loss, reason = "exact for as long as anyone counts seconds")]
        let now = now.timestamp() as f64;
        gauge!(JOB_LAST_SUCCESS, "name" => job.name()).set(now);
    }
}
