//! Output of commands.

use std::io::{self, Write as _};

/// Writes to standard output. A closed pipe (`daily-papers settings | head`) is not a failure.
///
/// # Errors
/// If it cannot be written for another reason.
pub fn print(text: impl AsRef<[u8]>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_ref()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}
