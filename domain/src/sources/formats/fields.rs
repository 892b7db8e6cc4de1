//! Lenient fields of a record: values of the wrong kind are dropped, values that are too long are cut, and both are
//! reported as warnings.
//!
//! Why: a source's slip in a small field is no reason to lose the paper. Only what a paper cannot be without is
//! refused, and that is for the source's parser to say.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, Utc};
use plain_text::{one_line, shorten};
use serde_json::{Map, Value};

use crate::papers::new_paper::web_address;

/// Warnings about one record that are kept.
const MAX_WARNINGS: usize = 20;

/// Numbers that are believed: with those given here they must not exceed what a column holds.
const MAX_NUMBER: i64 = 1_000_000_000;

/// Years that an instant can be of.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

/// A value of a record that was dropped or shortened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The field, as the source calls it.
    pub field: String,
    /// The problem and its treatment.
    pub message: String,
}

/// The warnings about one record.
#[derive(Debug, Default)]
pub(in crate::sources) struct Warnings(Vec<Warning>);

impl Warnings {
    pub(in crate::sources) fn say(&mut self, field: &str, message: impl Into<String>) {
        if self.0.len() < MAX_WARNINGS {
            self.0.push(Warning { field: field.to_owned(), message: message.into() });
        }
    }

    pub(in crate::sources) fn into_vec(self) -> Vec<Warning> {
        self.0
    }
}

/// An object of a record, and where in the record it stands.
pub(in crate::sources) struct Fields {
    place: String,
    object: Map<String, Value>,
}

impl Fields {
    pub(in crate::sources) fn new(place: &str, object: Map<String, Value>) -> Self {
        Self { place: place.to_owned(), object }
    }

    pub(in crate::sources) fn name(&self, field: &str) -> String {
        if self.place.is_empty() { field.to_owned() } else { format!("{}.{field}", self.place) }
    }

    /// The value of a field; null counts as absent.
    pub(in crate::sources) fn take(&mut self, field: &str) -> Option<Value> {
        self.object.remove(field).filter(|value| !value.is_null())
    }

    /// Text in one line of at most this many characters.
    pub(in crate::sources) fn text(
        &mut self,
        field: &str,
        most: usize,
        warnings: &mut Warnings,
    ) -> Option<String> {
        let value = self.take(field)?;
        line(&self.name(field), value, most, warnings)
    }

    /// A whole number from 0 on.
    pub(in crate::sources) fn number(&mut self, field: &str, warnings: &mut Warnings) -> Option<i32> {
        let value = self.take(field)?;
        let whole = value.as_i64().or_else(|| value.as_f64().filter(|n| n.fract() == 0.0).and_then(whole));
        let number =
            whole.filter(|number| (0..=MAX_NUMBER).contains(number)).and_then(|n| i32::try_from(n).ok());
        if number.is_none() {
            warnings.say(
                &self.name(field),
                format!("This is not a whole number from 0 to {MAX_NUMBER}. It was left out."),
            );
        }
        number
    }

    /// An instant of a year that can be.
    pub(in crate::sources) fn instant(
        &mut self,
        field: &str,
        warnings: &mut Warnings,
    ) -> Option<DateTime<Utc>> {
        let value = self.take(field)?;
        let instant = value.as_str().and_then(instant);
        if instant.is_none() {
            warnings.say(&self.name(field), "This is not a valid date and time. It was left out.");
        }
        instant
    }

    /// The address of a page, completed by `https:` or by the site that it is relative to.
    pub(in crate::sources) fn address(
        &mut self,
        field: &str,
        site: Option<&str>,
        warnings: &mut Warnings,
    ) -> Option<String> {
        let value = self.take(field)?;
        address(&self.name(field), &value, site, warnings)
    }

    /// The entries of a list. Null instead of a list is reported: it is a slip of the source.
    pub(in crate::sources) fn list(
        &mut self,
        field: &str,
        most: usize,
        warnings: &mut Warnings,
    ) -> Vec<(String, Value)> {
        let name = self.name(field);
        let mut entries = match self.object.remove(field) {
            None => return Vec::new(),
            Some(Value::Array(entries)) => entries,
            Some(_) => {
                warnings.say(&name, "This is not a list. It was left out.");
                return Vec::new();
            }
        };
        if entries.len() > most {
            warnings.say(&name, format!("This list has more than {most} entries. The others were left out."));
            entries.truncate(most);
        }
        entries.into_iter().zip(0_usize..).map(|(entry, at)| (format!("{name}[{at}]"), entry)).collect()
    }

    /// As [`Fields::list`], but null is nothing to speak of.
    pub(in crate::sources) fn list_or_none(
        &mut self,
        field: &str,
        most: usize,
        warnings: &mut Warnings,
    ) -> Vec<(String, Value)> {
        if self.object.get(field).is_none_or(Value::is_null) {
            return Vec::new();
        }
        self.list(field, most, warnings)
    }

    /// The object in a field.
    pub(in crate::sources) fn object(&mut self, field: &str, warnings: &mut Warnings) -> Option<Self> {
        let name = self.name(field);
        if let Value::Object(object) = self.take(field)? {
            Some(Self { place: name, object })
        } else {
            warnings.say(&name, "This is not an object. It was left out.");
            None
        }
    }

    /// Says so if a field that need not be there is neither true nor false.
    pub(in crate::sources) fn truth(&mut self, field: &str, warnings: &mut Warnings) -> bool {
        match self.object.remove(field) {
            None => false,
            Some(Value::Bool(is)) => is,
            Some(_) => {
                warnings.say(&self.name(field), "This is neither true nor false. It was read as false.");
                false
            }
        }
    }
}

/// One line of a value that is text.
pub(in crate::sources) fn line(
    field: &str,
    value: Value,
    most: usize,
    warnings: &mut Warnings,
) -> Option<String> {
    let Value::String(text) = value else {
        warnings.say(field, "This is not text. It was left out.");
        return None;
    };
    let text = one_line(&text);
    if text.chars().count() > most {
        warnings.say(field, format!("This text has more than {most} characters. It was shortened."));
        return Some(shorten(&text, most - 1));
    }
    (!text.is_empty()).then_some(text)
}

/// An address, whole.
pub(in crate::sources) fn address(
    field: &str,
    value: &Value,
    site: Option<&str>,
    warnings: &mut Warnings,
) -> Option<String> {
    let text = value.as_str().unwrap_or("\0").trim();
    if text.is_empty() {
        return None;
    }
    let whole = match (text.strip_prefix("//"), site) {
        (Some(_), _) => web_address(&format!("https:{text}")),
        (None, Some(site)) if text.starts_with('/') => web_address(&format!("{site}{text}")),
        _ => web_address(text),
    };
    if whole.is_none() {
        warnings.say(field, "This is not a valid http or https address. It was left out.");
    }
    whole
}

/// A whole number that is written with a fraction of zero.
#[expect(clippy::cast_possible_truncation, reason = "it is whole, and of a size that is")]
fn whole(number: f64) -> Option<i64> {
    (number.abs() < 1e15).then_some(number as i64)
}

/// RFC 3339, or the same without a zone, or a day alone, which are taken as of UTC.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let instant = text
        .parse::<DateTime<Utc>>()
        .ok()
        .or_else(|| text.replacen(' ', "T", 1).parse::<NaiveDateTime>().ok().map(|local| local.and_utc()))
        .or_else(|| Some(text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc()))?;
    YEARS.contains(&instant.year()).then_some(instant)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: &Value) -> Fields {
        Fields::new("paper", json!({ "x": value }).as_object().unwrap().clone())
    }

    #[test]
    fn numbers_are_integers_in_a_plausible_range() {
        for (value, number) in [(json!(3), Some(3)), (json!(3.0), Some(3)), (json!(0), Some(0))] {
            let mut warnings = Warnings::default();
            assert_eq!(fields(&value).number("x", &mut warnings), number);
            assert!(warnings.into_vec().is_empty());
        }
        for value in [json!(-1), json!(5_000_000_000_i64), json!(1.5), json!("3"), json!([]), json!(1e300)] {
            let mut warnings = Warnings::default();
            assert_eq!(fields(&value).number("x", &mut warnings), None, "{value}");
            assert_eq!(warnings.into_vec()[0].field, "paper.x");
        }
    }

    #[test]
    fn invalid_urls_are_dropped() {
        for (text, found) in [
            ("//cdn.example.org/x.png", Some("https://cdn.example.org/x.png")),
            ("/avatars/x.svg", Some("https://huggingface.co/avatars/x.svg")),
            (" https://example.org/x ", Some("https://example.org/x")),
            ("https://example.org/a b", Some("https://example.org/a%20b")),
            ("https://exämple.org/ü", Some("https://xn--exmple-cua.org/%C3%BC")),
            ("example.org/no-scheme", None),
            ("https://github.com/example/\nrepo", None),
            ("https://example.org/\0x", None),
            ("git@github.com:example/x.git", None),
            ("http://user:pw@example.org/", None),
            ("javascript:alert(1)", None),
        ] {
            let mut warnings = Warnings::default();
            let address = fields(&json!(text)).address("x", Some("https://huggingface.co"), &mut warnings);
            assert_eq!(address.as_deref(), found, "{text:?}");
            assert_eq!(warnings.into_vec().len(), usize::from(found.is_none()), "{text:?}");
        }
    }

    #[test]
    fn instants_are_in_plausible_years() {
        for text in
            ["2026-01-05T18:59:59.000Z", "2026-01-05T20:59:59+02:00", "2026-01-05 18:59:59", "2026-01-05"]
        {
            assert_eq!(
                instant(text).map(|at| at.date_naive().to_string()).as_deref(),
                Some("2026-01-05"),
                "{text}"
            );
        }
        for text in
            ["+262142-12-31T23:59:59Z", "-0001-01-01", "2025-13-40", "", "soon", "9999-12-31T00:00:00Z"]
        {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
