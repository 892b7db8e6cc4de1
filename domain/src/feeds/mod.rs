//! Days of featured papers, and the weeks and months made of them.
//!
//! [`Calendar`] says when a feed day begins, ends and is complete; [`Period`] is a day, an ISO week or a
//! month; [`read`] finds what a period shows; [`feature`] puts a paper on a feed; [`clock`] gives out the
//! instants that keep features and digests in order.

mod calendar;
pub mod clock;
pub mod feature;
mod period;
pub mod read;

pub use calendar::Calendar;
pub use period::Period;
