//! Days of featured papers, and the weeks and months made of them.
//!
//! [`Calendar`] says when a feed day begins, ends and is complete; [`Period`] is a day, an ISO week or a
//! month; [`DayBounds`] says which days are taken, and [`opening`] opens those that were taken ahead; [`read`] finds what a period shows; [`feature`] puts a paper on a feed; [`clock`] gives out the
//! instants that keep features and digests in order.

pub mod bounds;
mod calendar;
pub mod clock;
pub mod feature;
pub mod opening;
mod period;
pub mod read;

pub use bounds::{DayBounds, DayRefusal, MAX_DAYS_AHEAD};
pub use calendar::Calendar;
pub use period::Period;
