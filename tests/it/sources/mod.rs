//! Imports of papers: from files by the command, and as jobs that administrators start.

mod arxiv_files;
mod import_files;
mod import_jobs;
mod interrupted_imports;
mod one_paper;
mod repeated_imports;

/// `read 3, created 2, …` without the number of the run and the time.
fn counts(summary: &str) -> &str {
    summary.trim().rsplit_once(" (run ").unwrap().0
}
