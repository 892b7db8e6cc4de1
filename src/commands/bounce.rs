//! `daily-papers bounce`: reads returned mail from standard input.
//!
//! A mail server's pipe knows two ends (sysexits.h): done, and 75, after which it keeps the message and tries again.
//! Any other code has it return the message, which nobody would see; so whatever fails here is worth another try, but for
//! input that is empty: a person forgot it.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use domain::bounces::{self, BounceIntake, MAX_MESSAGE};

use crate::config::{Config, Role};
use crate::{logging, problems};

/// The exit code that has the mail server try again, as in sysexits.h.
const EX_TEMPFAIL: u8 = 75;

/// The exit code for input that is empty, which would be empty again, as in sysexits.h.
const EX_NOINPUT: u8 = 66;

/// Takes one message.
pub async fn run(file: Option<&Path>, recipient: Option<&str>) -> ExitCode {
    match take_message(file, recipient).await {
        Ok(None) => {
            eprintln!(
                "daily-papers: no message was received; pass one on standard input: daily-papers bounce < MESSAGE"
            );
            ExitCode::from(EX_NOINPUT)
        }
        Ok(Some(BounceIntake::NotYet)) => {
            eprintln!(
                "daily-papers: the mail that this report is about is still being sent; try again later"
            );
            ExitCode::from(EX_TEMPFAIL)
        }
        Ok(Some(BounceIntake::Busy)) => {
            eprintln!("daily-papers: the message could not be read in time; try again later");
            ExitCode::from(EX_TEMPFAIL)
        }
        Ok(Some(BounceIntake::New { .. } | BounceIntake::Known)) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("daily-papers: {}", logging::cut(&problems::with_causes(&error)));
            ExitCode::from(EX_TEMPFAIL)
        }
    }
}

/// The result for the message; `None` if there is none.
async fn take_message(file: Option<&Path>, recipient: Option<&str>) -> Result<Option<BounceIntake>> {
    let config = Config::load(file)?.check(Role::Tool)?;
    logging::start(&config.observability.log, None)?;
    if std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let mut message = Vec::new();
    let limit = u64::try_from(MAX_MESSAGE)?;
    let mut input = std::io::stdin().lock();
    input.by_ref().take(limit).read_to_end(&mut message).context("standard input")?;
    // A mail server that is not read to the end takes that for a failure.
    std::io::copy(&mut input, &mut std::io::sink()).context("standard input")?;
    drop(input);
    if message.trim_ascii().is_empty() {
        return Ok(None);
    }
    let runtime = super::tool_services(&config).await?;
    Ok(Some(bounces::take(&runtime.services, recipient, &message).await?))
}
