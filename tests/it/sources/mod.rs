//! Imports of papers: from files by the command, and as jobs that administrators start.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::support::Stack;

mod arxiv_files;
mod import_files;
mod import_jobs;
mod interrupted_imports;
mod network;
mod one_paper;
mod repeated_imports;

/// `read 3, created 2, …` without the number of the run and the time.
fn counts(summary: &str) -> &str {
    summary.trim().rsplit_once(" (run ").unwrap().0
}

/// Starts an import again and again, and kills it after its first batch, `most` times at most; then lets it end. Answers
/// the number of kills.
fn kill_until_done(stack: &Stack, arguments: &[&str], most: u32) -> u32 {
    let mut kills = 0;
    loop {
        let mut command = stack.command(arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        // A busy machine may log other lines in between.
        let mut progress = lines.filter(|line| line.contains(" records, "));
        // The first line has the position of the run, the next one tells that a batch is written.
        let has_begun = progress.next().is_some() && progress.next().is_some();
        if !has_begun || kills == most {
            drop(progress.last());
            assert!(child.wait().unwrap().success());
            return kills;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
}
