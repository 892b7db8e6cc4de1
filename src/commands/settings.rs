//! `daily-papers settings`.

use std::io;

use crate::output::print;

/// Prints all settings with their defaults.
///
/// # Errors
/// If standard output cannot be written.
pub fn run() -> io::Result<()> {
    print(crate::config::DEFAULTS)
}
