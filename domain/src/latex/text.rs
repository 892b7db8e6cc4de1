//! What stands outside of formulas: accents, letters, emphasis, quotation marks, dashes.
//!
//! What is not known as LaTeX stays as it is: many abstracts hold none, and braces, backslashes and dashes of their
//! own. `\'s` and `\"` are taken for the quotation marks that a program escaped, unless a letter wants the accent.

use unicode_normalization::UnicodeNormalization as _;

use super::{math, symbols};

/// How deeply groups may be nested.
const DEEPEST: usize = 8;

/// Octets of a group at most.
const LONGEST: usize = 4_000;

/// How deeply braces may be nested within a group: of thousands that nothing closes none is followed far.
const BRACES: usize = 32;

/// The text with its marks taken away.
pub(super) fn convert(source: &str) -> String {
    convert_at(source, 0)
}

fn convert_at(source: &str, depth: usize) -> String {
    let said = String::with_capacity(source.len());
    let mut writer = Writer { rest: source, said, is_quoting: false, searched: 0, depth };
    while let Some(c) = writer.rest.chars().next() {
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
    /// Whether a quotation mark opens in the first `searched` octets of what was said.
    is_quoting: bool,
    searched: usize,
    depth: usize,
}

impl<'a> Writer<'a> {
    fn replace(&mut self, length: usize, by: &str) {
        self.rest = &self.rest[length..];
        self.said.push_str(by);
    }

    /// Whether a tilde holds two words together; else it means "about", or itself.
    fn ties(&self) -> bool {
        self.said.ends_with(|c: char| c.is_alphabetic() || c == '.')
            && self.rest.starts_with(|c: char| c.is_alphanumeric() || c == '\\' || c == '$')
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
        if let Some(moved) = script.and_then(|inner| math::convert(&format!("{mark}{{{inner}}}"))) {
            self.said.push_str(&moved);
        } else {
            self.rest = before;
            self.said.push(mark);
        }
    }

    /// Braces that keep capitals or hold a command go; others belong to the text.
    fn group(&mut self) {
        let Some((inner, rest)) = matching(self.rest) else { return self.said.push('{') };
        let is_word = inner.chars().all(char::is_alphanumeric) && !self.said.ends_with(char::is_alphanumeric);
        let is_mark = inner.starts_with('\\') || is_word;
        let inner = self.inner(inner);
        self.rest = rest;
        let [before, after] = if is_mark { ["", ""] } else { ["{", "}"] };
        self.said.extend([before, inner.as_str(), after]);
    }

    fn inner(&self, text: &str) -> String {
        if self.depth < DEEPEST { convert_at(text, self.depth + 1) } else { text.to_owned() }
    }

    /// The group that comes next, taken.
    fn argument(&mut self) -> Option<&'a str> {
        let (inner, rest) = matching(self.rest.strip_prefix('{')?)?;
        self.rest = rest;
        Some(inner)
    }

    fn command(&mut self) {
        let length = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        if length == 0 {
            return self.mark();
        }
        let (name, rest) = self.rest.split_at(length);
        let before = self.rest;
        self.rest = rest;
        if let Some(letter) = symbols::letter(name) {
            self.rest = self.rest.trim_start();
            return self.said.push(letter);
        }
        if name.len() == 1
            && let Some(accent) = symbols::text_accent(name)
            && self.accented(accent)
        {
            return;
        }
        if let Some(symbol) = symbols::text(name).or_else(|| symbols::math(name)) {
            self.rest = self.rest.strip_prefix("{}").unwrap_or(self.rest);
            return self.said.push_str(symbol);
        }
        let is_known = match name {
            "textbf" | "textit" | "texttt" | "textsc" | "textsf" | "textrm" | "textsl" | "emph"
            | "underline" | "mbox" | "text" | "mathrm" | "mathbf" | "mathit" | "mathcal" | "ensuremath"
            | "url" => {
                self.argument().map(|inner| if name == "url" { inner.to_owned() } else { self.inner(inner) })
            }
            "href" => self.argument().and_then(|address| {
                self.argument().map(|shown| format!("{} ({address})", self.inner(shown)))
            }),
            "cite" | "citep" | "citet" | "label" | "ref" => self.argument().map(|_| String::new()),
            "it" | "bf" | "em" | "rm" | "tt" | "sc" | "sf" | "sl" => {
                self.rest = self.rest.trim_start();
                Some(String::new())
            }
            _ => None,
        };
        if let Some(said) = is_known {
            return self.said.push_str(&said);
        }
        // As it stands, with its argument.
        self.rest = rest;
        let end =
            rest.strip_prefix('{').and_then(matching).map_or(length, |(inner, _)| length + inner.len() + 2);
        self.said.push('\\');
        self.said.push_str(&before[..end]);
        self.rest = &before[end..];
    }

    /// A backslash before something that is no letter.
    fn mark(&mut self) {
        let Some(c) = self.rest.chars().next() else { return self.said.push('\\') };
        let length = c.len_utf8();
        match c {
            '%' | '&' | '$' | '#' | '_' | '{' | '}' => self.replace(length, c.encode_utf8(&mut [0; 4])),
            ' ' | ',' | ';' | '\\' => self.replace(length, " "),
            '/' | '-' | '@' | '!' => self.replace(length, ""),
            c => {
                let accent = symbols::text_accent(c.encode_utf8(&mut [0; 4]));
                let Some(accent) = accent else { return self.said.push('\\') };
                let before = self.rest;
                self.rest = &self.rest[length..];
                if self.is_quotation(c) || !self.accented(accent) {
                    self.rest = &before[length..];
                    if !matches!(c, '"' | '\'') {
                        self.said.push('\\');
                    }
                    self.said.push(c);
                }
            }
        }
    }

    /// Whether `\"` and `\'` are quotation marks that a program escaped.
    fn is_quotation(&self, mark: char) -> bool {
        let is_in_word = self.said.ends_with(char::is_alphabetic);
        let is_braced = self.rest.starts_with('{');
        match mark {
            '"' => !is_braced && (!is_in_word || !self.rest.starts_with(|c| "aeiouyAEIOUY\\".contains(c))),
            '\'' => {
                let mut next = self.rest.chars();
                next.next() == Some('s') && !next.next().is_some_and(char::is_alphabetic)
            }
            _ => false,
        }
    }

    /// Puts an accent over the letter that comes next; answers whether there is one that has it.
    fn accented(&mut self, accent: char) -> bool {
        let group = self.rest.strip_prefix('{').and_then(matching);
        let (inner, rest) = if let Some(group) = group {
            group
        } else {
            let base = self.rest.trim_start();
            let Some(c) = base.chars().next() else { return false };
            let is_dotless = base.starts_with("\\i") || base.starts_with("\\j");
            base.split_at(if is_dotless { 2 } else { c.len_utf8() })
        };
        let letter = match inner.trim() {
            // An accent takes the place of the dot.
            "\\i" => 'i',
            "\\j" => 'j',
            other => {
                let mut letters = other.chars();
                match (letters.next(), letters.next()) {
                    (Some(letter), None) => letter,
                    _ => return false,
                }
            }
        };
        let mut composed = [letter, accent].into_iter().nfc();
        let (Some(one), None) = (composed.next(), composed.next()) else { return false };
        self.said.push(one);
        self.rest = rest;
        true
    }
}

/// What a group holds, and what follows it; the text begins behind its opening brace.
fn matching(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().take(LONGEST) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'{' if depth == BRACES => return None,
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some((&text[..at], &text[at + 1..])),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}
