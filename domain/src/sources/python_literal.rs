//! Objects that were written down as Python text instead of JSON, as some archives hold them.

use py_literal::Value as Python;
use serde_json::{Map, Value as Json};

/// Octets of a text that is looked at.
const MAX_LENGTH: usize = 1 << 20;

/// Brackets within brackets; the parser recurses.
const MAX_DEPTH: usize = 32;

/// Reads a Python literal of dictionaries, lists, strings, numbers, booleans and None as JSON.
///
/// # Errors
/// What is wrong with the text.
pub(super) fn parse(text: &str) -> Result<Json, String> {
    if text.len() > MAX_LENGTH {
        return Err(format!("text of more than {MAX_LENGTH} octets"));
    }
    if depth(text) > MAX_DEPTH {
        return Err("text nested too deeply".to_owned());
    }
    let value: Python =
        text.trim().parse().map_err(|_| "text that is no JSON and no Python literal".to_owned())?;
    json(value)
}

/// A bound of the nesting: brackets in strings count too.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn json(value: Python) -> Result<Json, String> {
    Ok(match value {
        Python::String(text) => Json::String(text),
        Python::Boolean(is) => Json::Bool(is),
        Python::None => Json::Null,
        Python::Integer(number) => {
            let number = number.to_string().parse::<i64>().map_err(|_| "a number out of range".to_owned())?;
            Json::from(number)
        }
        Python::Float(number) => Json::from(number),
        Python::List(items) | Python::Tuple(items) => {
            Json::Array(items.into_iter().map(json).collect::<Result<_, _>>()?)
        }
        Python::Dict(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                let Python::String(key) = key else { return Err("a key that is no text".to_owned()) };
                object.insert(key, json(value)?);
            }
            Json::Object(object)
        }
        Python::Bytes(_) | Python::Complex(_) | Python::Set(_) => {
            return Err("a kind of value that JSON does not have".to_owned());
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn literals_become_json() {
        let text = r#"{'a': ['x', "it's", None, True, False, -3, 1.5], 'b': {'c': 'caf\u00e9\n'}}"#;
        let expected = json!({"a": ["x", "it's", null, true, false, -3, 1.5], "b": {"c": "café\n"}});
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "x", "{'a': }", "{1: 'a'}", "__import__('os')", "b'bytes'", "{'a'"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse(&" ".repeat(MAX_LENGTH + 1)).is_err());
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "[\\[\\]{}()'\"a-z0-9:, .\\\\-]{0,60}") {
            let _ = parse(&text);
        }
    }
}
