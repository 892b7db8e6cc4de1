//! The clock, as a parameter. Nothing else in the workspace reads the machine's time.
//!
//! Instants are UTC with milliseconds, so that every back end stores and compares them alike. Waiting
//! goes through the clock too, so that a test which moves time also ends the waiting.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, Utc};

/// The source of time.
#[async_trait]
pub trait Clock: Debug + Send + Sync {
    /// Now, in whole milliseconds.
    fn now(&self) -> DateTime<Utc>;

    /// Returns once the clock has reached `instant`.
    async fn sleep_until(&self, instant: DateTime<Utc>);

    /// Whether long work is to wait between two of its steps: a test holds it there, to meet it at a known place
    /// however fast the machine is. Never outside of tests.
    fn holds_work(&self) -> bool {
        false
    }
}

/// The clock of the machine.
#[derive(Debug)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
        Utc::now().trunc_subsecs(3)
    }

    async fn sleep_until(&self, instant: DateTime<Utc>) {
        let Ok(left) = (instant - self.now()).to_std() else { return };
        // No longer than it seems now, so that a clock that is put back holds up nobody.
        let limit = tokio::time::Instant::now() + left;
        // In steps, so that a machine that slept or a clock that was set is noticed.
        while let Ok(left) = (instant - self.now()).to_std() {
            let left = left.min(limit.saturating_duration_since(tokio::time::Instant::now()));
            if left.is_zero() {
                break;
            }
            tokio::time::sleep(left.min(Duration::from_secs(10))).await;
        }
    }
}

/// A clock that stands at the instant written in a file, for tests that move time from outside.
/// Only debug builds have it.
#[cfg(debug_assertions)]
#[derive(Debug)]
pub struct FileClock {
    path: std::path::PathBuf,
    last: parking_lot::Mutex<DateTime<Utc>>,
}

#[cfg(debug_assertions)]
impl FileClock {
    /// Reads `path`, which holds one RFC 3339 instant.
    ///
    /// # Errors
    /// If the file cannot be read or holds something else.
    pub fn new(path: std::path::PathBuf) -> Result<Self, String> {
        let now = Self::read(&path)?;
        Ok(Self { path, last: parking_lot::Mutex::new(now) })
    }

    fn read(path: &std::path::Path) -> Result<DateTime<Utc>, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        DateTime::parse_from_rfc3339(text.trim())
            .map(|instant| instant.to_utc().trunc_subsecs(3))
            .map_err(|error| format!("{}: {error}", path.display()))
    }
}

#[cfg(debug_assertions)]
#[async_trait]
impl Clock for FileClock {
    fn now(&self) -> DateTime<Utc> {
        let mut last = self.last.lock();
        // A reader may meet the file while it is being written; the last instant then stands.
        if let Ok(now) = Self::read(&self.path) {
            *last = now;
        }
        *last
    }

    async fn sleep_until(&self, instant: DateTime<Utc>) {
        let began = self.now();
        // As with the clock of the machine, one that is put back ends the waiting.
        while (began..instant).contains(&self.now()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn holds_work(&self) -> bool {
        self.path.with_extension("hold").exists()
    }
}
