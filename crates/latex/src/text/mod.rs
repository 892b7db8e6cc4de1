//! What stands outside of formulas: accents, letters, emphasis, quotation marks, dashes.
//!
//! What is not known as LaTeX stays as it is: many abstracts hold none, and braces, backslashes and dashes of their
//! own. `\'s` and `\"` are taken for the quotation marks that a program escaped, unless a letter wants the accent.

mod accents;
mod addresses;
mod commands;
mod groups;

use super::math;

/// How deeply groups may be nested.
const MAX_DEPTH: usize = 8;

/// The text with its marks taken away.
pub(super) fn convert(source: &str) -> String {
    convert_at(source, 0)
}

fn convert_at(source: &str, depth: usize) -> String {
    let said = String::with_capacity(source.len());
    let mut writer = Writer { rest: source, said, is_quoting: false, searched: 0, depth };
    while let Some(c) = writer.rest.chars().next() {
        if matches!(c, 'h' | 'w') && writer.address() {
            continue;
        }
        writer.rest = &writer.rest[c.len_utf8()..];
        match c {
            '\\' => writer.command(),
            '{' => writer.group(),
            '^' | '_' if writer.rest.starts_with('{') => writer.script(c),
            '`' if writer.rest.starts_with('`') => writer.replace(1, "“"),
            '\'' if writer.rest.starts_with('\'') && writer.is_quoting() => writer.replace(1, "”"),
            '~' if writer.ties() => writer.said.push(' '),
            '-' if writer.rest.starts_with('-') => writer.dashes(),
            c => writer.said.push(c),
        }
    }
    writer.said
}

struct Writer<'a> {
    rest: &'a str,
    said: String,
    /// Whether a quotation mark opens in the first `searched` bytes of what was said.
    is_quoting: bool,
    searched: usize,
    depth: usize,
}

impl Writer<'_> {
    fn replace(&mut self, length: usize, by: &str) {
        self.rest = &self.rest[length..];
        self.said.push_str(by);
    }

    /// Whether a tilde holds two words together; else it means "about", or itself.
    fn ties(&self) -> bool {
        let is_unit =
            self.said.ends_with(|c: char| c.is_ascii_digit()) && self.rest.starts_with(char::is_alphabetic);
        let is_word = self.said.ends_with(|c: char| c.is_alphabetic() || ".,;:)".contains(c));
        is_unit || (is_word && self.rest.starts_with(|c: char| c.is_alphanumeric() || c == '\\' || c == '$'))
    }

    /// Whether a quotation mark opens in what was said; what was searched is not searched again.
    fn is_quoting(&mut self) -> bool {
        self.is_quoting |= self.said[self.searched..].contains('“');
        self.searched = self.said.len();
        self.is_quoting
    }

    fn dashes(&mut self) {
        let more = self.rest.bytes().take_while(|&byte| byte == b'-').count();
        let is_option = self.said.is_empty() || self.said.ends_with(' ');
        let is_option = is_option && self.rest[more..].starts_with(char::is_alphabetic);
        match more {
            1 if !is_option => self.replace(1, "–"),
            2 if !is_option => self.replace(2, "—"),
            _ => {
                self.said.push('-');
                self.replace(more, &"-".repeat(more));
            }
        }
    }

    /// A script that its author put into no formula: `AB^{2}`.
    fn script(&mut self, mark: char) {
        let before = self.rest;
        let script =
            self.argument().filter(|_| self.said.ends_with(|c: char| c.is_alphanumeric() || c == ')'));
        if let Some(moved) = script.and_then(|inner| {
            // A backslash that was lost on the way: R^{mtimes n}.
            let inner = inner.strip_prefix(|c: char| c.is_ascii_alphanumeric()).map_or_else(
                || inner.to_owned(),
                |rest| match rest.strip_prefix("times ") {
                    Some(second) => format!("{}\\times {second}", &inner[..1]),
                    None => inner.to_owned(),
                },
            );
            math::convert(&format!("{mark}{{{inner}}}"))
        }) {
            self.said.push_str(&moved);
        } else {
            self.rest = before;
            self.said.push(mark);
        }
    }

    fn inner(&self, text: &str) -> String {
        if self.depth < MAX_DEPTH { convert_at(text, self.depth + 1) } else { text.to_owned() }
    }
}
