//! Days and instants, in the forms in which arXiv writes them.
//!
//! A name of a weekday is not read: a wrong one does not make the rest wrong.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

/// Years that a day can be of: arXiv began in 1991, and some entries have older dates.
const YEARS: std::ops::RangeInclusive<i32> = 1980..=2200;

/// Bytes of a date.
const MAX_BYTES: usize = 60;

/// `2022-02-24T15:05:19Z`, or with another offset.
pub(crate) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = DateTime::parse_from_rfc3339(checked(text)?).ok()?.with_timezone(&Utc);
    possible(instant.date_naive()).map(|_| instant)
}

/// `Mon, 2 Apr 2007 19:18:42 GMT`, with or without its weekday.
pub(crate) fn mail_instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = mail_date(text)?.with_timezone(&Utc);
    possible(instant.date_naive()).map(|_| instant)
}

/// The day of such an instant where it was written: `Fri, 23 Aug 2024 00:00:00 -0400` is the 23rd.
pub(crate) fn mail_day(text: &str) -> Option<NaiveDate> {
    possible(mail_date(text)?.date_naive())
}

fn mail_date(text: &str) -> Option<DateTime<chrono::FixedOffset>> {
    let text = checked(text)?;
    let text = text.split_once(',').map_or(text, |(_, rest)| rest);
    DateTime::parse_from_rfc2822(text.trim()).ok()
}

/// `2007-04-30`, or the day of an instant where it was written.
pub(crate) fn day(text: &str) -> Option<NaiveDate> {
    let text = checked(text)?;
    let day = text.parse().ok().or_else(|| Some(DateTime::parse_from_rfc3339(text).ok()?.date_naive()));
    possible(day?)
}

/// `Friday, 27 November 2026`, with or without its weekday.
pub(crate) fn long_day(text: &str) -> Option<NaiveDate> {
    let text = checked(text)?;
    let text = text.split_once(',').map_or(text, |(_, rest)| rest);
    possible(NaiveDate::parse_from_str(text.trim(), "%d %B %Y").ok()?)
}

fn possible(day: NaiveDate) -> Option<NaiveDate> {
    YEARS.contains(&day.year()).then_some(day)
}

fn checked(text: &str) -> Option<&str> {
    let text = text.trim();
    (text.len() <= MAX_BYTES && text.is_ascii()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read() {
        let said = |instant: Option<DateTime<Utc>>| instant.map(|instant| instant.to_rfc3339());
        for text in
            ["Mon, 2 Apr 2007 19:18:42 GMT", "Sun, 02 Apr 2007 15:18:42 -0400", "2 Apr 2007 19:18:42 +0000"]
        {
            assert_eq!(said(mail_instant(text)).as_deref(), Some("2007-04-02T19:18:42+00:00"), "{text}");
        }
        assert_eq!(said(instant(" 2022-02-24T15:05:19Z ")).as_deref(), Some("2022-02-24T15:05:19+00:00"));
        let august = NaiveDate::from_ymd_opt(2024, 8, 23);
        assert_eq!(mail_day("Fri, 23 Aug 2024 23:30:00 -0400"), august);
        assert_eq!(day("2024-08-23"), august);
        assert_eq!(day("2024-08-23T23:30:00-04:00"), august);
        assert_eq!(long_day("Friday, 23 August 2024"), august);
        assert_eq!(long_day("5 August 2024"), NaiveDate::from_ymd_opt(2024, 8, 5));
    }

    #[test]
    fn other_text_is_no_date() {
        let far = format!("2007-04-02{}", " ".repeat(80));
        for text in [
            "",
            ",",
            "0001-01-01",
            "+9999-01-01",
            "2024-13-01",
            "２０２４-01-01",
            "31 June 2024",
            "x, 1",
            &far[..],
        ] {
            assert_eq!(day(text).filter(|_| text != far), None, "{text}");
            assert!(
                mail_day(text).is_none() && long_day(text).is_none() && instant(text).is_none(),
                "{text}"
            );
        }
    }
}
