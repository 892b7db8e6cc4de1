//! The scalars of the contract.

use std::fmt::Display;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{NaiveDate, SecondsFormat, Utc};
use domain::feeds::Period;

/// A calendar day: 2026-01-06.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

/// A calendar day: 2026-01-06.
#[Scalar(name = "Date", specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let day = text(&value).and_then(parse_day);
        day.map(Self).ok_or_else(|| InputValueError::custom("This is no day such as 2026-01-06."))
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
        instant
            .map(Self)
            .ok_or_else(|| InputValueError::custom("This is no instant such as 2026-01-06T14:30:00Z."))
    }

    fn is_valid(value: &Value) -> bool {
        text(value).and_then(parse_instant).is_some()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A day 2026-01-06, an ISO week 2026-W02 or a month 2026-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedPeriod(pub Period);

/// A day 2026-01-06, an ISO week 2026-W02 or a month 2026-01.
#[Scalar(name = "FeedPeriod")]
impl ScalarType for FeedPeriod {
    fn parse(value: Value) -> InputValueResult<Self> {
        let period = text(&value).and_then(|text| text.parse().ok());
        period.map(Self).ok_or_else(|| {
            InputValueError::custom("This is no day 2026-01-06, ISO week 2026-W02 or month 2026-01.")
        })
    }

    fn is_valid(value: &Value) -> bool {
        text(value).is_some_and(|text| text.parse::<Period>().is_ok())
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Whether a scalar of ours takes a value; `None` where the name is none of them that comes in.
pub fn takes(name: &str, value: &Value) -> Option<bool> {
    match name {
        "Date" => Some(Date::is_valid(value)),
        "DateTime" => Some(DateTime::is_valid(value)),
        "FeedPeriod" => Some(FeedPeriod::is_valid(value)),
        _ => None,
    }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::String(text) = value { Some(text) } else { None }
}

fn parse_day(text: &str) -> Option<NaiveDate> {
    text.parse::<Period>().ok().and_then(Period::day)
}

fn parse_instant(text: &str) -> Option<chrono::DateTime<Utc>> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc())
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
    /// An e-mail address as RFC 5321 allows it. The domain is lower-cased, the local part kept.
    EmailAddress
}
text_scalar! {
    /// An absolute http or https URL.
    Url
}
