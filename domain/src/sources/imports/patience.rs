//! How long a request waits for a source that does not answer now, and how often it asks again.

use chrono::{DateTime, TimeDelta, Utc};
use entity::import_run;
use tokio_util::sync::CancellationToken;

use crate::{Result, Services};

use super::run_rows::{self, LEASE_TIME};

/// Attempts at a part before it is given up.
pub(super) const MAX_ATTEMPTS: u32 = 5;

/// The longest wait for one attempt. A site that wants longer is asked again another day.
pub(super) const MAX_WAIT: TimeDelta = TimeDelta::minutes(30);

/// Waits until `at`, and keeps the run for so long. Returns whether that was reached before `stop` was cancelled.
pub(super) async fn wait(
    services: &Services,
    run: &import_run::Model,
    at: DateTime<Utc>,
    stop: &CancellationToken,
) -> Result<bool> {
    if at <= services.now() {
        return Ok(true);
    }
    if run.is_ordered {
        let kept = &import_run::Model { lease_until: Some(at + LEASE_TIME), ..run.clone() };
        services.db.write(|tx| Box::pin(async move { run_rows::save(tx, kept).await })).await?;
    }
    Ok(tokio::select! {
        () = services.clock.sleep_until(at) => true,
        () = stop.cancelled() => false,
    })
}
