//! What a driver finds around it: programs built with it, what scripts/with-servers says, free ports.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// A program that was built with the driver.
///
/// # Errors
/// Where it was not.
pub(crate) fn beside(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe().context("where the driver itself is")?.with_file_name(name);
    if path.is_file() { Ok(path) } else { bail!("{} is missing; build it", path.display()) }
}

/// A variable of the environment; `None` where it is empty.
#[expect(clippy::disallowed_methods, reason = "what with-servers says, it says here")]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A port that nobody has; another process might take it in between, and the run then fails.
///
/// # Errors
/// Where there is none.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
