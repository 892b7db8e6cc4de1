//! A feed period: a day `2026-01-06`, an ISO week `2026-W02` or a month `2026-01`.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, Days, Months, NaiveDate, Weekday};
use entity::enums::Cadence;

/// Periods lie in the years from here …
const FIRST_YEAR: i32 = 1900;
/// … to here, both included, so that stepping to a neighbour never leaves the calendar.
const LAST_YEAR: i32 = 2999;
/// The first of these days.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).unwrap();
/// The last of these days.
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31).unwrap();

/// A day, an ISO week or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    cadence: Cadence,
    starts_on: NaiveDate,
}

impl Period {
    /// The period of `cadence` that `day` lies in; a day before the first or after the last year counts as the
    /// nearest that is within.
    #[must_use]
    pub fn containing(cadence: Cadence, day: NaiveDate) -> Self {
        let day = day.clamp(FIRST_DAY, LAST_DAY);
        let starts_on = match cadence {
            Cadence::Daily => day,
            Cadence::Weekly => day.week(Weekday::Mon).first_day(),
            Cadence::Monthly => day.with_day(1).unwrap_or(day),
        };
        Self { cadence, starts_on }
    }

    /// The length.
    #[must_use]
    pub fn cadence(self) -> Cadence {
        self.cadence
    }

    /// Its first day.
    #[must_use]
    pub fn starts_on(self) -> NaiveDate {
        self.starts_on
    }

    /// Its last day.
    #[must_use]
    pub fn ends_on(self) -> NaiveDate {
        self.next().starts_on - Days::new(1)
    }

    /// The period after it.
    #[must_use]
    pub fn next(self) -> Self {
        let starts_on = match self.cadence {
            Cadence::Daily => self.starts_on + Days::new(1),
            Cadence::Weekly => self.starts_on + Days::new(7),
            Cadence::Monthly => self.starts_on + Months::new(1),
        };
        Self { starts_on, ..self }
    }

    /// The day that it is; `None` for a week or a month.
    #[must_use]
    pub fn day(self) -> Option<NaiveDate> {
        (self.cadence == Cadence::Daily).then_some(self.starts_on)
    }

    /// The period before it.
    #[must_use]
    pub fn previous(self) -> Self {
        Self::containing(self.cadence, self.starts_on - Days::new(1))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cadence {
            Cadence::Daily => write!(f, "{}", self.starts_on),
            Cadence::Weekly => {
                let week = self.starts_on.iso_week();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            Cadence::Monthly => write!(f, "{}", self.starts_on.format("%Y-%m")),
        }
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text)
            .filter(|period| (FIRST_YEAR..=LAST_YEAR).contains(&period.starts_on.year()))
            .ok_or_else(|| format!("{text:?} is not a day such as 2026-01-06, an ISO week such as 2026-W02 or a month such as 2026-01"))
    }
}

fn parse(text: &str) -> Option<Period> {
    // Only the forms that Display writes: fixed widths, ASCII digits.
    let is_form = text.is_ascii() && matches!(text.len(), 7 | 8 | 10);
    if !is_form || text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        let digits = text.get(range)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u32>().ok())?
    };
    let year = i32::try_from(number(0..4)?).ok()?;
    let (cadence, starts_on) = match text.len() {
        10 if text.as_bytes().get(7) == Some(&b'-') => {
            (Cadence::Daily, NaiveDate::from_ymd_opt(year, number(5..7)?, number(8..10)?)?)
        }
        8 if text.as_bytes().get(5) == Some(&b'W') => {
            (Cadence::Weekly, NaiveDate::from_isoywd_opt(year, number(6..8)?, Weekday::Mon)?)
        }
        7 => (Cadence::Monthly, NaiveDate::from_ymd_opt(year, number(5..7)?, 1)?),
        _ => return None,
    };
    Some(Period { cadence, starts_on })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    #[test]
    fn periods_have_bounds_and_neighbours() {
        for (text, first, last, previous, next) in [
            ("2026-01-06", "2026-01-06", "2026-01-06", "2026-01-05", "2026-01-07"),
            ("2026-W01", "2025-12-29", "2026-01-04", "2025-W52", "2026-W02"),
            ("2026-W53", "2026-12-28", "2027-01-03", "2026-W52", "2027-W01"),
            ("2024-02", "2024-02-01", "2024-02-29", "2024-01", "2024-03"),
            ("2025-12", "2025-12-01", "2025-12-31", "2025-11", "2026-01"),
        ] {
            let period = period(text);
            assert_eq!(period.to_string(), text);
            assert_eq!(period.starts_on().to_string(), first);
            assert_eq!(period.ends_on().to_string(), last);
            assert_eq!(period.previous().to_string(), previous);
            assert_eq!(period.next().to_string(), next);
        }
    }

    #[test]
    fn invalid_text_is_refused() {
        for text in [
            "",
            "2026",
            "2026-1",
            "2026-13",
            "2026-00",
            "2026-W00",
            "2026-W54",
            "2025-W53",
            "2026-02-30",
            "2026-1-06",
            "26-01-06",
            "2026-01-06T",
            "+026-01-06",
            "1899-12-31",
            "3000-01",
            "2026-w02",
            "２026-01",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn periods_round_trip_through_text(days in 0_u64..400_000, which in 0..3_usize) {
            // The first month has none before it.
            let day = NaiveDate::from_ymd_opt(1900, 2, 1).unwrap() + Days::new(days);
            let cadence = [Cadence::Daily, Cadence::Weekly, Cadence::Monthly][which];
            let period = Period::containing(cadence, day);
            prop_assert!(period.starts_on() <= day && day <= period.ends_on());
            prop_assert_eq!(period.to_string().parse::<Period>().unwrap(), period);
            prop_assert_eq!(period.next().previous(), period);
            prop_assert_eq!(period.previous().next(), period);
            prop_assert_eq!(period.ends_on().succ_opt(), Some(period.next().starts_on()));
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,12}") {
            let _ = text.parse::<Period>();
        }
    }
}
