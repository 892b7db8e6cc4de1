//! The settings of a subscription: typed, checked, changed, stored, and in words.

mod change;
mod check;
mod input;
mod rows;
mod weekdays;
mod wording;

pub use change::SettingsChange;
pub use check::{checked_filter, parse_time};
pub use input::{MAX_PAPERS, SettingsInput};
pub use rows::current;
pub(super) use rows::{apply, columns};
pub use weekdays::weekdays;
pub use wording::{choices, in_words};
