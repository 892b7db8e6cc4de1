//! The settings as they were written: their names, and the kinds of their values.
//!
//! A name is a setting if it has a default, and its default says what kind of value it has. What the environment holds is
//! always text, which is read as that kind here; so the sections get numbers as numbers. An unknown name is reported with
//! the nearest known one.

use config::{Map, Value, ValueKind};

use super::problems::Problems;

/// The minimum similarity of a suggested name, from 0 to 1.
const MIN_SIMILARITY: f64 = 0.75;

/// The maximum length of a name or a value in a message, in characters.
const MAX_QUOTED_CHARS: usize = 60;

/// The library's name for the environment as a source.
const ENVIRONMENT: &str = "the environment";

/// The defaults, overridden by what was written, without the settings that are empty. A value that is not of its
/// setting's kind, or has no setting, is a problem.
pub(super) fn merge(
    defaults: &Map<String, Value>,
    written: Map<String, Value>,
    problems: &mut Problems,
) -> Map<String, Value> {
    let mut written: Vec<(String, Value)> = written.into_iter().collect();
    written.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut settings = defaults.clone();
    let mut has_unknown = false;
    for (name, value) in written {
        let origin = value.origin().map(ToOwned::to_owned);
        let Some(default) = defaults.get(&name) else {
            problems.push(unknown(&name, origin.as_deref(), defaults));
            has_unknown = true;
            continue;
        };
        match in_kind(value, default) {
            Ok(Some(kind)) => drop(settings.insert(name, Value::new(origin.as_ref(), kind))),
            Ok(None) => {}
            Err(problem) => {
                let place = origin.map(|origin| format!(" in {origin}")).unwrap_or_default();
                problems.push(format!("{name}{place} {problem}"));
            }
        }
    }
    if has_unknown {
        problems.push("`daily-papers settings` prints all settings".to_owned());
    }
    settings.into_iter().filter(|(_, value)| !is_empty(&value.kind)).collect()
}

fn is_empty(value: &ValueKind) -> bool {
    matches!(value, ValueKind::String(text) if text.trim().is_empty())
}

/// The value in the kind of the default; `None` if it is empty.
fn in_kind(value: Value, default: &Value) -> Result<Option<ValueKind>, String> {
    if is_empty(&value.kind) {
        return Ok(None);
    }
    let kind = match &default.kind {
        ValueKind::Boolean(_) => flag(value)?,
        ValueKind::I64(default) => number(&value.kind, *default)?,
        _ => text(value.kind)?,
    };
    Ok(Some(kind))
}

fn flag(value: Value) -> Result<ValueKind, String> {
    let problem = format!("is {}, but must be true or false", quoted(&value.kind));
    let flag = match value.kind {
        ValueKind::Boolean(_) | ValueKind::String(_) => value.into_bool().ok(),
        _ => None,
    };
    flag.map(ValueKind::Boolean).ok_or(problem)
}

/// A whole number. Sections hold it as a `u32`.
fn number(value: &ValueKind, default: i64) -> Result<ValueKind, String> {
    let number = match value {
        ValueKind::I64(number) => u64::try_from(*number).ok(),
        ValueKind::String(text) => text.trim().parse::<u64>().ok(),
        _ => None,
    };
    match number.map(u32::try_from) {
        Some(Ok(number)) => Ok(ValueKind::U64(number.into())),
        Some(Err(_)) => Err(format!("is {}, but must be at most {}", quoted(value), u32::MAX)),
        None => {
            Err(format!("is {}, but must be a whole number of 0 or more, such as {default}", quoted(value)))
        }
    }
}

/// A text. It may be a secret, so it is not repeated.
fn text(value: ValueKind) -> Result<ValueKind, String> {
    match value {
        ValueKind::String(text) => Ok(ValueKind::String(text.trim().to_owned())),
        ValueKind::I64(number) => Ok(ValueKind::String(number.to_string())),
        ValueKind::Boolean(flag) => Ok(ValueKind::String(flag.to_string())),
        _ => Err("must be text in quotation marks".to_owned()),
    }
}

fn quoted(value: &ValueKind) -> String {
    match value {
        ValueKind::String(text) => format!("{:?}", text.chars().take(MAX_QUOTED_CHARS).collect::<String>()),
        ValueKind::Array(_) => "a list".to_owned(),
        ValueKind::Table(_) => "a table".to_owned(),
        other => other.to_string(),
    }
}

fn unknown(name: &str, origin: Option<&str>, known: &Map<String, Value>) -> String {
    let suggestion = suggestion(name, known);
    let name: String = name.chars().take(MAX_QUOTED_CHARS).collect();
    match origin {
        Some(ENVIRONMENT) => format!(
            "DAILY_PAPERS_{} in the environment is not a setting ({name}){suggestion}",
            name.to_uppercase()
        ),
        Some(file) => format!("{name} in {file} is not a setting{suggestion}"),
        None => format!("{name} is not a setting{suggestion}"),
    }
}

fn suggestion(name: &str, known: &Map<String, Value>) -> String {
    let alike = known.keys().map(|known| (strsim::jaro_winkler(name, known), known));
    match alike.max_by(|(one, _), (other, _)| one.total_cmp(other)) {
        Some((likeness, nearest)) if likeness >= MIN_SIMILARITY => format!("; did you mean {nearest}?"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_and_a_far_one_is_not() {
        let known: Map<String, Value> = ["listen", "base_url", "smtp_url", "smtp_connections"]
            .map(|name| (name.to_owned(), Value::new(None, "")))
            .into_iter()
            .collect();
        let suggested = |name: &str| suggestion(name, &known);
        assert_eq!(suggested("listne"), "; did you mean listen?");
        assert_eq!(suggested("baseurl"), "; did you mean base_url?");
        assert_eq!(suggested("smtp_conections"), "; did you mean smtp_connections?");
        assert_eq!(suggested("zzz"), "");
    }

    #[test]
    fn values_are_read_in_the_kind_of_their_defaults() {
        let read = |value: ValueKind, default: ValueKind| {
            in_kind(Value::new(None, value), &Value::new(None, default)).map(Option::unwrap)
        };
        let (text, flag, number) =
            (|| ValueKind::from(""), || ValueKind::from(true), || ValueKind::from(4_i64));
        for written in ["7", " 7 "] {
            assert_eq!(read(written.into(), number()), Ok(ValueKind::U64(7)));
        }
        assert_eq!(read(7_i64.into(), number()), Ok(ValueKind::U64(7)));
        for wrong in [ValueKind::from("1.5"), 1.5.into(), true.into(), (-1_i64).into(), "-1".into()] {
            assert!(read(wrong.clone(), number()).unwrap_err().contains("such as 4"), "{wrong}");
        }
        assert!(read(4_294_967_296_i64.into(), number()).unwrap_err().contains("at most 4294967295"));
        assert_eq!(read("false".into(), flag()), Ok(ValueKind::Boolean(false)));
        assert!(read(2_i64.into(), flag()).unwrap_err().contains("true or false"));
        assert_eq!(read(" a ".into(), text()), Ok("a".into()));
        assert_eq!(read(true.into(), text()), Ok("true".into()));
        assert!(read(vec!["a secret"].into(), text()).unwrap_err().ends_with("text in quotation marks"));
    }

    #[test]
    fn an_empty_value_is_no_value() {
        let map = |pairs: [(&str, ValueKind); 2]| -> Map<String, Value> {
            pairs.map(|(name, kind)| (name.to_owned(), Value::new(None, kind))).into_iter().collect()
        };
        let mut problems = Problems::default();
        let merged = merge(
            &map([("connections", 4_i64.into()), ("reply_to", "".into())]),
            map([("connections", "".into()), ("reply_to", " ".into())]),
            &mut problems,
        );
        problems.result().unwrap();
        assert_eq!(merged.len(), 1);
        assert_eq!(merged["connections"].kind, ValueKind::I64(4));
    }
}
