//! What stands outside of formulas: accents, letters, emphasis, quotation marks, dashes.
//!
//! What is not known as LaTeX stays as it is: many abstracts hold none, and braces, backslashes and dashes of their
//! own. `\'s` and `\"` are taken for the quotation marks that a program escaped, unless a letter wants the accent.

use unicode_normalization::UnicodeNormalization as _;

use super::{math, symbols};

/// How deeply groups may be nested.
const MAX_DEPTH: usize = 8;

/// Bytes of a group.
const MAX_GROUP_BYTES: usize = 4_000;

/// What a backslash stands before in an address.
const ESCAPED: &str = "_%&#~$-";

/// Characters within which a quotation ends, for one to be taken for it.
const MAX_QUOTATION_CHARS: usize = 200;

/// How deeply braces may be nested within a group: of thousands that nothing closes none is followed far.
const MAX_BRACE_DEPTH: usize = 32;

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

    /// Takes an address over as it is, but for the backslashes that LaTeX wants in it.
    fn address(&mut self) -> bool {
        let is_first = !self.said.ends_with(char::is_alphanumeric);
        let is_address = ["https://", "http://", "www."].iter().any(|start| self.rest.starts_with(start));
        if !is_first || !is_address {
            return false;
        }
        let mut is_escaped = false;
        let end = self.rest.find(|c: char| {
            let ends =
                if is_escaped { !ESCAPED.contains(c) } else { c.is_whitespace() || "{}<>\"".contains(c) };
            is_escaped = !is_escaped && c == '\\';
            ends
        });
        let address = &self.rest[..end.unwrap_or(self.rest.len())];
        // A backslash that escapes nothing there begins what follows.
        let address = address.strip_suffix('\\').unwrap_or(address);
        self.rest = &self.rest[address.len()..];
        self.said.push_str(&unescaped(address));
        true
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
        if self.depth < MAX_DEPTH { convert_at(text, self.depth + 1) } else { text.to_owned() }
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
            // What ends the command; a backslash before a space keeps that.
            let rest = self.rest;
            let ended = rest
                .strip_prefix("{}")
                .or_else(|| rest.strip_prefix('\\').filter(|rest| rest.starts_with(' ')));
            self.rest = ended.unwrap_or_else(|| rest.trim_start());
            return self.said.push(letter);
        }
        if name.len() == 1
            && let Some(accent) = symbols::text_accent(name)
            && self.accented(accent)
        {
            return;
        }
        if let Some(symbol) = symbols::text(name).or_else(|| symbols::math(name)) {
            let rest = self.rest.strip_prefix("{}").unwrap_or(self.rest);
            // Most authors mean the space that TeX takes for the end of a command; behind an opening mark nobody does.
            self.rest = if "«‹“‘„‚".contains(symbol) { rest.trim_start() } else { rest };
            return self.said.push_str(symbol);
        }
        if symbols::is_named_function(name) {
            if self.said.ends_with(|c: char| c.is_alphanumeric() || c == ')') {
                self.said.push(' ');
            }
            return self.said.push_str(name);
        }
        let is_known = match name {
            "textbf" | "textit" | "texttt" | "textsc" | "textsf" | "textrm" | "textsl" | "emph"
            | "underline" | "mbox" | "text" | "mathrm" | "mathbf" | "mathit" | "mathcal" | "ensuremath"
            | "textup" | "textmd" | "textnormal" | "uline" | "hbox" | "centerline" | "t" => {
                self.argument().map(|inner| self.inner(inner))
            }
            "url" | "path" | "nolinkurl" => self.argument().map(unescaped),
            "href" => self.link(),
            "footnote" | "thanks" => self.argument().map(|note| {
                let space = if self.said.is_empty() || self.said.ends_with(' ') { "" } else { " " };
                format!("{space}({})", self.inner(note))
            }),
            "cite" | "citep" | "citet" | "citealt" | "citealp" | "citeauthor" | "citeyear" | "label"
            | "ref" | "eqref" | "cref" | "Cref" | "autoref" | "vspace" | "hspace" => {
                self.argument().map(|_| String::new())
            }
            "it" | "bf" | "em" | "rm" | "tt" | "sc" | "sf" | "sl" | "tiny" | "scriptsize"
            | "footnotesize" | "small" | "normalsize" | "large" | "Large" | "boldmath" | "protect"
            | "noindent" | "xspace" => {
                self.rest = self.rest.trim_start();
                Some(String::new())
            }
            _ => None,
        };
        if let Some(said) = is_known {
            return self.said.push_str(&said);
        }
        self.rest = rest;
        if self.mathematical(name) {
            return;
        }
        // As it stands, with its argument.
        let end =
            rest.strip_prefix('{').and_then(matching).map_or(length, |(inner, _)| length + inner.len() + 2);
        self.said.push('\\');
        self.said.push_str(&before[..end]);
        self.rest = &before[end..];
    }

    /// A link as its text, followed by its address where that is another.
    fn link(&mut self) -> Option<String> {
        let address = self.argument().map(unescaped)?;
        let shown = self.argument().map(|shown| self.inner(shown))?;
        Some(if shown == address { address } else { format!("{shown} ({address})") })
    }

    /// Reads a command of formulas that stands in none, with the groups that follow it.
    fn mathematical(&mut self, name: &str) -> bool {
        let mut rest = self.rest;
        for _ in 0..2 {
            rest = rest.strip_prefix('{').and_then(matching).map_or(rest, |(_, rest)| rest);
        }
        let groups = &self.rest[..self.rest.len() - rest.len()];
        let Some(said) = math::convert(&format!("\\{name}{groups}")) else { return false };
        self.said.push_str(&said);
        self.rest = rest;
        true
    }

    /// A backslash before something that is no letter.
    fn mark(&mut self) {
        let Some(c) = self.rest.chars().next() else { return self.said.push('\\') };
        let length = c.len_utf8();
        match c {
            '%' | '&' | '$' | '#' | '_' | '{' | '}' => self.replace(length, c.encode_utf8(&mut [0; 4])),
            ' ' | ',' | ';' | ':' | '>' | '\\' => self.replace(length, " "),
            // Money whose sign was lost on the way, or a number in a list.
            '0'..='9' => {}
            '/' | '-' | '@' | '!' => self.replace(length, ""),
            c => {
                let accent = symbols::text_accent(c.encode_utf8(&mut [0; 4]));
                let Some(accent) = accent else { return self.said.push('\\') };
                let before = self.rest;
                self.rest = &self.rest[length..];
                if self.is_quotation(c) || !self.accented(accent) {
                    self.rest = &before[length..];
                    // An accent over nothing is the sign itself: \~8B.
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
            '"' if is_braced => false,
            '"' if !self.rest.starts_with(|c| "aeiouyAEIOUY\\".contains(c)) => true,
            '"' => !is_in_word && self.quotes(),
            '\'' => {
                let mut next = self.rest.chars();
                is_in_word
                    && next.next() == Some('s')
                    && !next.next().is_some_and(|c| c.is_alphabetic() || "\\{".contains(c))
            }
            _ => false,
        }
    }

    /// Whether a quotation ends soon that would begin here.
    fn quotes(&self) -> bool {
        let near =
            self.rest.char_indices().nth(MAX_QUOTATION_CHARS).map_or(self.rest, |(end, _)| &self.rest[..end]);
        near.match_indices("\\\"").any(|(at, mark)| {
            let next = &near[at + mark.len()..];
            !next.starts_with(char::is_alphabetic)
                && !["{", "\\i", "\\j"].iter().any(|letter| next.starts_with(letter))
        })
    }

    /// Puts an accent over the letter that comes next; returns whether there is one that has it.
    fn accented(&mut self, accent: char) -> bool {
        let group = self.rest.strip_prefix('{').and_then(matching);
        let (inner, rest) = if let Some(group) = group {
            group
        } else {
            let base = self.rest.trim_start();
            let Some(c) = base.chars().next() else { return false };
            let dotless = ["\\i", "\\j"].into_iter().find(|letter| base.starts_with(letter));
            // A command of letters takes the space behind it along.
            dotless.map_or_else(
                || base.split_at(c.len_utf8()),
                |letter| (letter, base[letter.len()..].trim_start()),
            )
        };
        let letter = match inner.trim_matches([' ', '{', '}']) {
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
        let composed: String = [letter, accent].into_iter().nfc().collect();
        let is_one = composed.chars().nth(1).is_none();
        let is_grouped = group.is_some() && letter.is_alphabetic();
        if !is_one && !is_grouped {
            return false;
        }
        self.said.push_str(&composed);
        self.rest = rest;
        true
    }
}

/// An address without the backslashes that LaTeX wants in it.
fn unescaped(address: &str) -> String {
    let mut said = String::with_capacity(address.len());
    let mut letters = address.trim().chars().peekable();
    while let Some(c) = letters.next() {
        let is_escape = c == '\\' && letters.peek().is_some_and(|next| ESCAPED.contains(*next));
        if !is_escape {
            said.push(c);
        }
    }
    said
}

/// What a group holds, and what follows it; the text begins behind its opening brace.
fn matching(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().take(MAX_GROUP_BYTES) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'{' if depth == MAX_BRACE_DEPTH => return None,
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some((&text[..at], &text[at + 1..])),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}
