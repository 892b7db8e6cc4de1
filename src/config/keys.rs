//! Names of settings and kinds of their values. An unknown name is reported with the nearest known one.

use config::{ConfigError, Map, Value};

/// The minimum similarity of a suggested name, from 0 to 1.
const MIN_SIMILARITY: f64 = 0.75;

/// The error for names in `written` that are not among the `known` settings; `None` if there are none.
pub(super) fn unknown<'a>(
    written: impl IntoIterator<Item = (&'a String, &'a Value)>,
    known: &Map<String, Value>,
) -> Option<String> {
    let written = written.into_iter().filter(|(name, _)| !known.contains_key(*name));
    let mut problems: Vec<String> = written
        .map(|(name, value)| format!("{}{}", named(name, value.origin()), suggestion(name, known)))
        .collect();
    problems.sort();
    (!problems.is_empty())
        .then(|| format!("{}; `daily-papers settings` prints all settings", problems.join("; ")))
}

fn named(name: &str, origin: Option<&str>) -> String {
    let name: String = name.chars().take(60).collect();
    match origin {
        Some(ENVIRONMENT) => {
            format!("DAILY_PAPERS_{} in the environment is not a setting ({name})", name.to_uppercase())
        }
        Some(file) => format!("{name} in {file} is not a setting"),
        None => format!("{name} is not a setting"),
    }
}

/// The library's name for the environment as a source.
const ENVIRONMENT: &str = "the environment";

fn suggestion(name: &str, known: &Map<String, Value>) -> String {
    let alike = known.keys().map(|known| (strsim::jaro_winkler(name, known), known));
    match alike.max_by(|(one, _), (other, _)| one.total_cmp(other)) {
        Some((likeness, nearest)) if likeness >= MIN_SIMILARITY => format!("; did you mean {nearest}?"),
        _ => String::new(),
    }
}

/// The error for a value that is not of its setting's kind, which the default determines.
pub(super) fn in_words(error: &ConfigError, defaults: &Map<String, Value>) -> String {
    let (key, origin, found) = match error {
        ConfigError::Type { key: Some(key), origin, unexpected, .. } => (key, origin, Some(unexpected)),
        ConfigError::At { key: Some(key), origin, .. } => (key, origin, None),
        other => return other.to_string(),
    };
    let place = origin.as_deref().map(|origin| format!(" in {origin}")).unwrap_or_default();
    let found = found.map_or_else(|| "is wrong".to_owned(), |found| format!("is the {found}"));
    let default = defaults.get(key).map(Value::to_string).unwrap_or_default();
    let kind = if default.parse::<bool>().is_ok() {
        "true or false".to_owned()
    } else if default.parse::<u64>().is_ok() {
        format!("a whole number of 0 or more, such as {default}")
    } else {
        "text in quotation marks".to_owned()
    };
    format!("{key}{place} {found}, but must be {kind}")
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
}
