//! Imports of papers: from files by the command, and as jobs that administrators start.

mod import_files;
mod import_jobs;
