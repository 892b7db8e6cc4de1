//! The clock of the process.

use std::sync::Arc;

use anyhow::Result;
use domain::clock::{Clock, SystemClock};

/// Names a file that holds the time, for tests that move it. Debug builds only.
pub const TEST_CLOCK_VARIABLE: &str = "DAILY_PAPERS_TEST_CLOCK";

/// The machine's clock; in debug builds the one that the environment names, if it does.
///
/// # Errors
/// If a release build is asked for a test clock, or the file cannot be read.
pub fn load() -> Result<Arc<dyn Clock>> {
    #[expect(clippy::disallowed_methods, reason = "not a setting: no release build knows it")]
    let path = std::env::var_os(TEST_CLOCK_VARIABLE);
    match path {
        None => Ok(Arc::new(SystemClock)),
        #[cfg(debug_assertions)]
        Some(path) => {
            let clock = domain::clock::FileClock::new(path.into());
            Ok(Arc::new(clock.map_err(|error| anyhow::anyhow!("{TEST_CLOCK_VARIABLE}: {error}"))?))
        }
        #[cfg(not(debug_assertions))]
        Some(_) => Err(anyhow::anyhow!("{TEST_CLOCK_VARIABLE} is for tests only; release builds reject it")),
    }
}
