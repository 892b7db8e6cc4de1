//! The scalars of the contract.

use std::fmt::Display;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike as _, NaiveDate, SecondsFormat, Utc};
use domain::calendar::Period;

const WRONG_DATE: &str =
    "This is not a valid Date: write a day from 0001-01-01 to 9999-12-31, such as 2026-01-06.";
const WRONG_DATE_TIME: &str = "This is not a valid DateTime: write an instant of the years 1 to 9999 in the format of RFC 3339, such as 2026-01-06T14:30:00Z.";
const WRONG_PERIOD: &str = "This is not a valid FeedPeriod: write a day such as 2026-01-06, an ISO week such as 2026-W02 or a month such as 2026-01.";

/// A calendar day: 2026-01-06.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

/// A calendar day: 2026-01-06.
#[Scalar(name = "Date", specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let day = text(&value).and_then(parse_day);
        day.map(Self).ok_or_else(|| InputValueError::custom(WRONG_DATE))
    }

    fn is_valid(value: &Value) -> bool {
        text(value).and_then(parse_day).is_some()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An instant, RFC 3339 in UTC: 2026-01-06T14:30:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub chrono::DateTime<Utc>);

/// An instant, RFC 3339 in UTC: 2026-01-06T14:30:00Z.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let instant = text(&value).and_then(parse_instant);
        instant.map(Self).ok_or_else(|| InputValueError::custom(WRONG_DATE_TIME))
    }

    fn is_valid(value: &Value) -> bool {
        text(value).and_then(parse_instant).is_some()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A day such as 2026-01-06, an ISO week such as 2026-W02 or a month such as 2026-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedPeriod(pub Period);

/// A day such as 2026-01-06, an ISO week such as 2026-W02 or a month such as 2026-01.
#[Scalar(name = "FeedPeriod")]
impl ScalarType for FeedPeriod {
    fn parse(value: Value) -> InputValueResult<Self> {
        let period = text(&value).and_then(|text| text.parse().ok());
        period.map(Self).ok_or_else(|| InputValueError::custom(WRONG_PERIOD))
    }

    fn is_valid(value: &Value) -> bool {
        text(value).is_some_and(|text| text.parse::<Period>().is_ok())
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Whether a scalar of the contract takes a text, or a value that is not a text (`None`); see
/// [`graphql_server::CheckScalar`].
pub fn check(name: &str, text: Option<&str>) -> Option<Result<(), &'static str>> {
    let value = text.map_or(Value::Null, |text| Value::String(text.to_owned()));
    let (is_valid, message) = match name {
        "Date" => (Date::is_valid(&value), WRONG_DATE),
        "DateTime" => (DateTime::is_valid(&value), WRONG_DATE_TIME),
        "FeedPeriod" => (FeedPeriod::is_valid(&value), WRONG_PERIOD),
        _ => return None,
    };
    Some(if is_valid { Ok(()) } else { Err(message) })
}

fn text(value: &Value) -> Option<&str> {
    if let Value::String(text) = value { Some(text) } else { None }
}

fn parse_day(text: &str) -> Option<NaiveDate> {
    let is_part = |(place, byte): (usize, u8)| {
        if matches!(place, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() }
    };
    let is_day = text.len() == 10 && text.bytes().enumerate().all(is_part);
    let day = text.parse::<NaiveDate>().ok().filter(|_| is_day)?;
    (1..=9999).contains(&day.year()).then_some(day)
}

fn parse_instant(text: &str) -> Option<chrono::DateTime<Utc>> {
    let instant = chrono::DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    (1..=9999).contains(&instant.year()).then_some(instant)
}

/// Scalars that are text, written by the service and never read from a client: in inputs the same things
/// are plain strings, so that a typo becomes a userError.
macro_rules! text_scalar {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(pub String);

        $(#[$doc])*
        #[Scalar]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                text(&value).map(|text| Self(text.to_owned())).ok_or_else(|| InputValueError::expected_type(value))
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }

        impl<T: Display> From<T> for $name {
            fn from(value: T) -> Self {
                Self(value.to_string())
            }
        }
    };
}

text_scalar! {
    /// A wall-clock time of day without a zone: 08:30.
    LocalTime
}
text_scalar! {
    /// An IANA time zone: Europe/Paris.
    TimeZone
}
text_scalar! {
    /// An e-mail address by RFC 5321. The domain is in lower case; the local part is unchanged.
    EmailAddress
}
text_scalar! {
    /// An absolute http or https URL.
    Url
}
