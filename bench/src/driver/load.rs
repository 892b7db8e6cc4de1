//! The load generator: wrk, which tells in one line what it saw.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::operations::Operation;

/// What wrk runs: it sends one body, again and again, and prints the line that [`Seen::read`] reads.
const SCRIPT: &str = include_str!("wrk.lua");

/// wrk and what it sends.
#[derive(Clone, Debug)]
pub(super) struct Load {
    folder: PathBuf,
}

/// What a load generator saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    /// Requests, or transactions.
    pub(super) count: f64,
    /// In a second.
    pub(super) rate: f64,
    /// Half of the answers came within so many milliseconds.
    pub(super) p50_ms: Option<f64>,
    /// All but one in a hundred did.
    pub(super) p99_ms: Option<f64>,
}

impl Load {
    /// Writes the script and the bodies below `folder`.
    ///
    /// # Errors
    /// Where that is not possible.
    pub(super) fn new(folder: &Path) -> Result<Self> {
        std::fs::write(folder.join("wrk.lua"), SCRIPT)?;
        for operation in Operation::ALL {
            std::fs::write(folder.join(operation.name()), operation.body())?;
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// Asks for an operation for some seconds, over some connections.
    ///
    /// # Errors
    /// Where wrk is missing or fails, or an answer was none.
    pub(super) fn run(&self, url: &str, operation: Operation, clients: u32, seconds: u32) -> Result<Seen> {
        let output = Command::new("wrk")
            .args(["-t1", &format!("-c{clients}"), &format!("-d{seconds}s"), "--timeout", "10s", "--latency"])
            .arg("-s")
            .arg(self.folder.join("wrk.lua"))
            .args([url, "--"])
            .arg(self.folder.join(operation.name()))
            .output()
            .context("wrk, which is the package wrk of Debian, does not start")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let Some(seen) = Seen::read(&text).filter(|_| output.status.success()) else {
            bail!("wrk failed: {text}{}", String::from_utf8_lossy(&output.stderr));
        };
        seen.with_context(|| format!("{} at {url}", operation.name()))
    }
}

impl Seen {
    /// Reads what the script printed: `seen requests microseconds p50 p99 errors`, times in microseconds.
    fn read(text: &str) -> Option<Result<Self>> {
        let line = text.lines().find_map(|line| line.strip_prefix("seen "))?;
        let numbers = line.split(' ').map(|number| number.parse().ok()).collect::<Option<Vec<f64>>>()?;
        let [count, duration, p50, p99, errors] = numbers.try_into().ok()?;
        if errors > 0.0 || count < 1.0 {
            return Some(Err(anyhow::anyhow!("{errors} of {count} requests failed")));
        }
        let rate = count / (duration / 1e6);
        Some(Ok(Self { count, rate, p50_ms: Some(p50 / 1e3), p99_ms: Some(p99 / 1e3) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_line_of_the_script_is_parsed() {
        let seen = Seen::read("Running 4s test\nseen 8000 4000000 7000 27500 0\n").unwrap().unwrap();
        assert!((seen.rate - 2000.0).abs() < 1e-9);
        assert_eq!((seen.p50_ms, seen.p99_ms), (Some(7.0), Some(27.5)));
    }

    #[test]
    fn runs_with_errors_are_not_measurements() {
        assert!(Seen::read("seen 8000 4000000 7000 27500 3").unwrap().is_err());
        assert!(Seen::read("seen 0 4000000 0 0 0").unwrap().is_err());
        assert!(Seen::read("nothing").is_none());
    }
}
