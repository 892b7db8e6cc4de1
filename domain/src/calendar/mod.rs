//! The feed calendar: its days ([`Calendar`]), the days that may be stated ([`bounds`]), and their weeks and months
//! ([`Period`]).

pub mod bounds;
mod feed_day;
mod period;

pub use bounds::{DayBounds, DayRefusal, MAX_DAYS_AHEAD};
pub use feed_day::Calendar;
pub use period::Period;
