//! The metrics of this crate: their names, what they say, and zeros to begin with. docs/metrics.md lists all.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::queue::Job;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// Runs of jobs, by name and outcome.
pub const JOBS: &str = "daily_papers_jobs_total";
/// Runs of jobs, in seconds, by name.
pub const JOB_DURATION: &str = "daily_papers_job_duration_seconds";
/// The end of the last run that succeeded, by name.
pub const JOB_LAST_SUCCESS: &str = "daily_papers_job_last_success_timestamp_seconds";

/// The outcome of a run that did what it was to do.
const DONE: &str = "done";

/// Says what the metrics are, and sets counters to zero. Call it once the recorder is set.
pub fn register() {
    describe_counter!(JOBS, "Runs of jobs, by name and outcome: done, failed or panicked.");
    describe_histogram!(JOB_DURATION, Unit::Seconds, "Time that runs of jobs took, by name.");
    describe_gauge!(JOB_LAST_SUCCESS, Unit::Seconds, "End of the last run that succeeded here, by name.");
    for job in Job::ALL {
        for outcome in [DONE, "failed", "panicked"] {
            counter!(JOBS, "name" => job.name(), "outcome" => outcome).absolute(0);
        }
        let _ = histogram!(JOB_DURATION, "name" => job.name());
    }
}

/// Counts a run that has ended.
pub(crate) fn ended(job: Job, outcome: &'static str, took: Duration, now: DateTime<Utc>) {
    counter!(JOBS, "name" => job.name(), "outcome" => outcome).increment(1);
    histogram!(JOB_DURATION, "name" => job.name()).record(took);
    if outcome == DONE {
        #[expect(clippy::cast_precision_loss, reason = "exact for as long as anyone counts seconds")]
        let now = now.timestamp() as f64;
        gauge!(JOB_LAST_SUCCESS, "name" => job.name()).set(now);
    }
}
