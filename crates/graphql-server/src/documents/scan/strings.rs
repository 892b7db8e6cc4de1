//! Strings, and their escapes as characters. Specification, section 2.9.4.

use crate::documents::scan::token::Kind;
use crate::documents::scan::{ScanError, syntax};

/// The string that begins at `start`, and its end.
pub(crate) fn token(document: &str, start: usize) -> Result<(Kind, usize), ScanError> {
    let rest = document.get(start..).unwrap_or_default();
    match rest.strip_prefix("\"\"\"") {
        Some(content) => block(content)
            .map(|length| (Kind::BlockString, start + 3 + length))
            .ok_or_else(|| syntax(document, start, "This block string is not terminated.")),
        None => quoted(document, start),
    }
}

/// Bytes of a block string after its opening quotes, its closing quotes among them.
fn block(content: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        at += content.get(at..)?.find("\"\"\"")?;
        if !content.get(..at)?.ends_with('\\') {
            return Some(at + 3);
        }
        at += 3;
    }
}

fn quoted(document: &str, start: usize) -> Result<(Kind, usize), ScanError> {
    let bytes = document.as_bytes();
    let mut is_escaped = false;
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            None | Some(b'\n' | b'\r') => {
                return Err(syntax(document, start, "This string is not terminated."));
            }
            Some(b'"') => return Ok((Kind::String { is_escaped }, at + 1)),
            Some(b'\\') => match bytes.get(at + 1) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                Some(b'u') => {
                    is_escaped = true;
                    at += 2;
                }
                _ => return Err(syntax(document, start, "This string has an invalid escape sequence.")),
            },
            Some(_) => at += 1,
        }
    }
}

/// A string with its quotes, written without escapes that begin with `\u` if that can be; `None` if one of them is not
/// a character.
pub(crate) fn unescaped(string: &str) -> Option<String> {
    let mut written = String::with_capacity(string.len());
    let mut rest = string;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        written.push_str(before);
        if let Some(code) = escape.strip_prefix("\\u") {
            let (character, after) = character(code)?;
            push(&mut written, character);
            rest = after;
        } else {
            let (other, after) = escape.split_at_checked(2)?;
            written.push_str(other);
            rest = after;
        }
    }
    written.push_str(rest);
    Some(written)
}

/// The character that an escape means, after its `\u`, and what follows it.
fn character(code: &str) -> Option<(char, &str)> {
    if let Some(code) = code.strip_prefix('{') {
        let (digits, rest) = code.split_once('}')?;
        return Some((char::from_u32(hexadecimal(digits)?)?, rest));
    }
    let (unit, rest) = unit(code)?;
    if !(0xD800..0xDC00).contains(&unit) {
        return Some((char::from_u32(unit)?, rest));
    }
    let (low, rest) = self::unit(rest.strip_prefix("\\u")?)?;
    if !(0xDC00..0xE000).contains(&low) {
        return None;
    }
    Some((char::from_u32(0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00))?, rest))
}

/// Four hexadecimal digits, and what follows them.
fn unit(code: &str) -> Option<(u32, &str)> {
    let (digits, rest) = code.split_at_checked(4)?;
    Some((hexadecimal(digits)?, rest))
}

fn hexadecimal(digits: &str) -> Option<u32> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digits = digits.trim_start_matches('0');
    if !is_number || digits.len() > 6 {
        return None;
    }
    if digits.is_empty() { Some(0) } else { u32::from_str_radix(digits, 16).ok() }
}

/// Writes a character as the parser reads it within quotes. No escape of fewer than six bytes means one of these.
fn push(written: &mut String, character: char) {
    match character {
        '"' => written.push_str("\\\""),
        '\\' => written.push_str("\\\\"),
        '\n' => written.push_str("\\n"),
        '\r' => written.push_str("\\r"),
        character => written.push(character),
    }
}
