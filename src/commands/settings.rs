//! `daily-papers settings`.

/// Prints all settings with their defaults.
pub fn run() {
    print!("{}", crate::config::DEFAULTS);
}
