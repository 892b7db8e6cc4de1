//! `daily-papers schema`.

use std::io;

use crate::output::print;

/// Prints the GraphQL schema.
///
/// # Errors
/// If standard output cannot be written.
pub fn run() -> io::Result<()> {
    print(api::contract::sdl())
}
