//! A lenient parser for JSON as programs really write it, and for Python literals, both of which a strict parser
//! rejects.
//!
//! Why: one byte that is not JSON (a byte order mark, `NaN`, half of a surrogate pair, a line break within a string)
//! must not cost a whole day, and some archives keep items as Python's `repr`. A strict parser is tried first; this
//! one reads what that refuses and loses the one value that cannot be read.
//!
//! Always: the time is linear in the text, and what is nested deeper than [`MAX_DEPTH`] is left out, so that no input
//! overflows the stack.

use serde_json::{Map, Number, Value, json};

/// Brackets within brackets that are read.
const MAX_DEPTH: usize = 64;

/// The text ended within a value.
const CUT_OFF: &str = "the text ends inside a value";

/// Bytes as text: UTF-8 with or without a byte order mark, or UTF-16. What is neither is replaced, not refused.
#[must_use]
pub(in crate::sources) fn decode(bytes: &[u8]) -> String {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.as_chunks::<2>().0.iter().map(|&pair| unit(pair));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // A text that begins with a bracket and a NUL is UTF-16 without a mark.
        [b'[' | b'{', 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, b'[' | b'{', ..] => utf16(bytes, u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Reads an object or a list. A value that cannot be read becomes an object with the one key `unreadable`, which no
/// field takes for its own kind.
///
/// # Errors
/// What is wrong with the text as a whole.
pub(in crate::sources) fn parse(text: &str) -> Result<Value, String> {
    if let Ok(value @ (Value::Array(_) | Value::Object(_))) = serde_json::from_str(text) {
        return Ok(value);
    }
    let mut reader = Reader { text, at: 0 };
    match reader.next_byte() {
        Some(b'[' | b'{') => reader.value(0),
        Some(_) => Err("it is neither JSON nor a Python literal".to_owned()),
        None => Err("it is empty".to_owned()),
    }
}

fn unreadable(what: &str) -> Value {
    json!({ "unreadable": what.chars().take(80).collect::<String>() })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not white space.
    fn next_byte(&mut self) -> Option<u8> {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
        self.peek()
    }

    /// The value that begins here; `depth` is the number of brackets around it.
    fn value(&mut self, depth: usize) -> Result<Value, String> {
        match self.next_byte() {
            None => Err(CUT_OFF.to_owned()),
            Some(b'[' | b'{' | b'(') if depth >= MAX_DEPTH => {
                self.skip_nested();
                Ok(unreadable("nested too deeply"))
            }
            Some(b'{') => self.object(depth),
            Some(b'[' | b'(') => self.list(depth),
            Some(b'"' | b'\'') => Ok(Value::String(self.string()?)),
            Some(b',' | b':' | b']' | b'}' | b')') => Ok(Value::Null),
            Some(_) => Ok(self.word()),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            match self.next_byte() {
                Some(b']' | b'}' | b')') => {
                    self.at += 1;
                    return Ok(Value::Array(items));
                }
                Some(b',') => self.at += 1,
                Some(b':') => self.skip_to_next(),
                // Anyone who holds the list of a file knows which items are whole.
                None if depth <= 1 => return Ok(Value::Array(items)),
                None => return Err(CUT_OFF.to_owned()),
                Some(_) => match self.value(depth + 1) {
                    Ok(item) => {
                        items.push(item);
                        self.skip_to_next();
                    }
                    Err(reason) if depth <= 1 => {
                        items.push(unreadable(&reason));
                        return Ok(Value::Array(items));
                    }
                    Err(reason) => return Err(reason),
                },
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut entries = Map::new();
        loop {
            let key = match self.next_byte() {
                Some(b']' | b'}' | b')') => {
                    self.at += 1;
                    return Ok(Value::Object(entries));
                }
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                Some(b'"' | b'\'') => self.string()?,
                None if depth == 0 => return Ok(Value::Object(entries)),
                None => return Err(CUT_OFF.to_owned()),
                Some(b':' | b'[' | b'{' | b'(') => {
                    self.skip_to_next();
                    continue;
                }
                Some(_) => self.bare_word().to_owned(),
            };
            if self.next_byte() == Some(b':') {
                self.at += 1;
                let value = self.value(depth + 1)?;
                entries.insert(key, value);
            }
            self.skip_to_next();
        }
    }

    /// Passes over everything up to the next comma or closing bracket of this level.
    fn skip_to_next(&mut self) {
        loop {
            match self.next_byte() {
                None | Some(b',' | b']' | b'}' | b')') => return,
                Some(b'[' | b'{' | b'(') => self.skip_nested(),
                Some(b'"' | b'\'') => {
                    // A string that does not end is passed over with all that follows.
                    let _ = self.string();
                }
                Some(_) => self.at += 1,
            }
        }
    }

    /// Passes over brackets and all that is in them.
    fn skip_nested(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' | b'\'' => {
                    let _ = self.string();
                    continue;
                }
                b'[' | b'{' | b'(' => depth += 1,
                b']' | b'}' | b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    fn bare_word(&mut self) -> &str {
        let start = self.at;
        let is_end = |byte: u8| byte.is_ascii_whitespace() || b",:[]{}()\"'".contains(&byte);
        while self.peek().is_some_and(|byte| !is_end(byte)) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// A word outside of quotation marks: a constant, a number, or nothing that can be read.
    fn word(&mut self) -> Value {
        let word = self.bare_word();
        match word {
            "true" | "True" => Value::Bool(true),
            "false" | "False" => Value::Bool(false),
            "null" | "None" => Value::Null,
            _ => serde_json::from_str::<Number>(word).map_or_else(|_| unreadable(word), Value::Number),
        }
    }

    /// The string that begins here, in JSON's or in Python's quotation marks.
    fn string(&mut self) -> Result<String, String> {
        let quote = self.peek();
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| Some(byte) != quote && byte != b'\\') {
                self.at += 1;
            }
            text.push_str(&self.text[start..self.at]);
            match self.peek() {
                None => return Err(CUT_OFF.to_owned()),
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(&mut text);
                }
                Some(_) => {
                    self.at += 1;
                    return Ok(text);
                }
            }
        }
    }

    /// An escape after a backslash. An unknown escape stays as it is, as in Python: `\circ` is LaTeX.
    fn escape(&mut self, text: &mut String) {
        let Some(c) = self.text[self.at..].chars().next() else { return };
        self.at += c.len_utf8();
        let number = match c {
            'n' => return text.push('\n'),
            't' => return text.push('\t'),
            'r' => return text.push('\r'),
            'b' => return text.push('\u{8}'),
            'f' => return text.push('\u{C}'),
            '/' | '\\' | '"' | '\'' => return text.push(c),
            '\n' => return,
            'x' => self.digits(2),
            'u' => self.unit(),
            'U' => self.digits(8),
            _ => None,
        };
        match number {
            Some(number) => text.push(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)),
            None => text.extend(['\\', c]),
        }
    }

    /// Four digits, and those of the other half if they are half of a pair.
    fn unit(&mut self) -> Option<u32> {
        let first = self.digits(4)?;
        if !(0xD800..0xDC00).contains(&first) || !self.text[self.at..].starts_with("\\u") {
            return Some(first);
        }
        let before = self.at;
        self.at += 2;
        if let Some(second @ 0xDC00..0xE000) = self.digits(4) {
            Some(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        } else {
            self.at = before;
            Some(first)
        }
    }

    fn digits(&mut self, count: usize) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + count)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += count;
        u32::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lenient_json_and_python_literals_are_read() {
        for (text, value) in [
            (r#"[{"a": NaN, "b": 1}]"#, json!([{"a": {"unreadable": "NaN"}, "b": 1}])),
            (
                r#"{"a": -Infinity, "b": 1e999}"#,
                json!({"a": {"unreadable": "-Infinity"}, "b": {"unreadable": "1e999"}}),
            ),
            (r#"["\ud83d", "\ud83d\ude00", "\ud83dx\u0041"]"#, json!(["\u{FFFD}", "😀", "\u{FFFD}xA"])),
            ("[\"two\nlines\", 'tab\there']", json!(["two\nlines", "tab\there"])),
            (r#"{"a": "360^\circ \x41"}"#, json!({"a": "360^\\circ A"})),
            (r#"{"a": 5x, "b": , "c": 2,}"#, json!({"a": {"unreadable": "5x"}, "b": null, "c": 2})),
            (r#"{"a": "x" "y", "b": 2} rest"#, json!({"a": "x", "b": 2})),
            (
                r#"{'a': ['x', "it's", None, True, False, -3, 1.5], 'b': ('caf\u00e9\n', )}"#,
                json!({"a": ["x", "it's", null, true, false, -3, 1.5], "b": ["café\n"]}),
            ),
            (r#"{"a": 1, "a": 2}"#, json!({"a": 2})),
        ] {
            assert_eq!(parse(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn a_truncated_list_keeps_its_complete_items() {
        let cut = parse(r#"[{"a": 1}, {"a": "b"#).unwrap();
        assert_eq!(cut, json!([{"a": 1}, {"unreadable": CUT_OFF}]));
        let wrapped = parse(r#"{"data": [{"a": 1}, {"a": 2}"#).unwrap();
        assert_eq!(wrapped, json!({"data": [{"a": 1}, {"a": 2}]}));
    }

    #[test]
    fn invalid_text_is_refused_and_depth_is_limited() {
        for text in ["", "x", "<html>", "__import__('os')", "b'bytes'", "3", "\"text\""] {
            assert!(parse(text).is_err(), "{text}");
        }
        let deep = format!("[{{\"a\": {}1{}, \"b\": 2}}]", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(parse(&deep).unwrap()[0]["b"], 2);
        assert!(parse(&"[".repeat(1_000_000)).is_ok());
        assert_eq!(parse(&"{\"a\":".repeat(1_000_000)).unwrap_err(), CUT_OFF);
    }

    #[test]
    fn encodings_are_detected() {
        let text = "[\"é\"]";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            [&[0xFF, 0xFE], le.as_slice()].concat(),
            [&[0xFE, 0xFF], be.as_slice()].concat(),
            le.clone(),
            be.clone(),
        ] {
            assert_eq!(decode(&bytes), text);
        }
        assert_eq!(decode(b"[\"\xFF\"]"), "[\"\u{FFFD}\"]");
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "[\\[\\]{}()'\"a-zA-Z0-9:, .\\\\é-]{0,80}") {
            let _ = parse(&text);
        }

        /// Input that a strict parser accepts is read in the same way.
        #[test]
        fn valid_json_is_read_like_serde_json(text in "[^\\p{C}]{0,40}", number in any::<i64>()) {
            let value = json!({ "text": text, "list": [number, null, true] });
            let written = value.to_string();
            let mut reader = Reader { text: &written, at: 0 };
            prop_assert_eq!(reader.value(0), Ok(value));
        }
    }
}
