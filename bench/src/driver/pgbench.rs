//! The database alone: pgbench runs the ceiling's statements, prepared, over as many connections as a server has.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::database::Database;
use crate::operations::Operation;

use super::load::Seen;
use super::options::Place;
use super::statements::Statements;

/// pgbench and its scripts.
#[derive(Clone, Debug)]
pub(super) struct Pgbench {
    program: PathBuf,
    database: String,
    folder: PathBuf,
    values: Vec<(Operation, Vec<String>)>,
}

impl Pgbench {
    /// Writes the scripts below `folder`.
    ///
    /// # Errors
    /// Where that is not possible.
    pub(super) fn new(
        place: &Place,
        database: &Database,
        folder: &Path,
        statements: &[Statements],
    ) -> Result<Self> {
        let mut values = Vec::new();
        for statements in statements {
            let path = folder.join(format!("{}.sql", statements.operation.name()));
            std::fs::write(path, &statements.script)?;
            let defined = statements.values.iter().map(|(name, value)| format!("--define={name}={value}"));
            values.push((statements.operation, defined.collect()));
        }
        let program = place.pgbench.clone();
        Ok(Self { program, database: database.url.clone(), folder: folder.to_owned(), values })
    }

    /// Runs the statements of an operation for some seconds.
    ///
    /// # Errors
    /// Where pgbench is missing or fails, or a statement does.
    pub(super) fn run(&self, operation: Operation, connections: u32, seconds: u32) -> Result<Seen> {
        let values = self.values.iter().filter(|(of, _)| *of == operation).flat_map(|(_, values)| values);
        let output = Command::new(&self.program)
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=1"])
            .arg(format!("--client={connections}"))
            .arg(format!("--time={seconds}"))
            .arg(format!("--file={}", self.folder.join(format!("{}.sql", operation.name())).display()))
            .args(values)
            .arg(&self.database)
            .output()
            .with_context(|| format!("{} does not start", self.program.display()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let Some(seen) = read(&text).filter(|_| output.status.success()) else {
            bail!("pgbench failed: {text}{}", String::from_utf8_lossy(&output.stderr));
        };
        Ok(seen)
    }
}

fn read(text: &str) -> Option<Seen> {
    let number = |name: &str| -> Option<f64> {
        let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
        rest.split_whitespace().next()?.parse().ok()
    };
    let failed = number("number of failed transactions:").unwrap_or(0.0);
    let seen = Seen {
        count: number("number of transactions actually processed:")?,
        rate: number("tps =")?,
        p50_ms: None,
        p99_ms: None,
    };
    (failed < 1.0 && seen.count >= 1.0).then_some(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_of_pgbench_is_parsed() {
        let text = "transaction type: Feed.sql\nnumber of transactions actually processed: 400\n\
                    number of failed transactions: 0 (0.000%)\nlatency average = 1.000 ms\n\
                    tps = 100.5 (without initial connection time)\n";
        let seen = read(text).unwrap();
        assert!((seen.count - 400.0).abs() < 1e-9 && (seen.rate - 100.5).abs() < 1e-9);
        assert!(read(&text.replace("transactions: 0", "transactions: 2")).is_none());
        assert!(read("").is_none());
    }
}
