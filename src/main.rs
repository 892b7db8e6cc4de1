//! The executable: parses the command line and runs the command.

mod bootstrap;
mod cli;
mod clock;
mod commands;
mod config;
mod log_fields;
mod logging;
mod output;
mod problems;
mod shutdown;
mod telemetry;

use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;

/// Answers are made of many small pieces: an allocator that is good at those saves a tenth of their processor time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let done = Box::pin(commands::run(cli)).await;
    telemetry::otlp::shut_down();
    match done {
        Ok(code) => code,
        Err(error) => {
            // One line, causes behind their consequences.
            eprintln!("daily-papers: {}", logging::cut(&problems::with_causes(&error)));
            ExitCode::FAILURE
        }
    }
}
