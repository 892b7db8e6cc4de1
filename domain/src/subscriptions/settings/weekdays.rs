//! Weekdays as bits, Monday the lowest.

use chrono::Weekday;

/// The days of the ISO week.
pub(super) const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// Monday to Friday.
pub(super) const WORKDAYS: &[Weekday] = WEEK.split_at(5).0;

/// Weekdays as bits, Monday the lowest.
pub(super) fn mask(weekdays: &[Weekday]) -> i32 {
    weekdays.iter().fold(0, |mask, day| mask | 1 << day.num_days_from_monday())
}

/// The weekdays of a mask, from Monday on.
#[must_use]
pub fn weekdays(mask: i32) -> Vec<Weekday> {
    WEEK.into_iter().filter(|day| mask & (1 << day.num_days_from_monday()) != 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_come_back_from_bits_in_the_order_of_the_week() {
        assert_eq!(mask(&[Weekday::Mon]), 1);
        assert_eq!(mask(WORKDAYS), 0b1_1111);
        assert_eq!(weekdays(mask(&[Weekday::Sun, Weekday::Mon, Weekday::Mon])), [Weekday::Mon, Weekday::Sun]);
    }
}
