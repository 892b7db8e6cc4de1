//! What the parser does not read, written as it does.
//!
//! Escapes of characters beyond four digits become the characters; descriptions of operations, their variables and
//! fragments, which nobody asks for, become blanks, and so do comments and byte-order marks; types stand together.
//! Nothing moves to another line.

use std::borrow::Cow;
use std::ops::Range;

use crate::documents::scan::token::{Kind, Token};
use crate::documents::scan::{ScanError, strings, syntax};

/// The document as the parser reads it, given its tokens, whose brackets are in pairs.
pub(crate) fn rewrite<'a>(document: &'a str, tokens: &[Token]) -> Result<Cow<'a, str>, ScanError> {
    let mut edits = Edits { document, changed: Vec::new() };
    let (mut braces, mut parentheses) = (0_usize, 0_usize);
    let mut end = 0;
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        if token.follows_ignored {
            edits.blank(end..token.start);
        }
        end = token.end;
        let mut length = 1;
        match token.kind {
            Kind::Punctuator(b'{') => braces += 1,
            Kind::Punctuator(b'}') => braces = braces.saturating_sub(1),
            Kind::Punctuator(b'(') => parentheses += 1,
            Kind::Punctuator(b')') => parentheses = parentheses.saturating_sub(1),
            Kind::String { .. } | Kind::BlockString
                if braces == 0 && is_description(document, tokens, index, parentheses > 0) =>
            {
                edits.blank(token.start..token.end);
            }
            Kind::String { is_escaped: true } => {
                let string = document.get(token.start..token.end).unwrap_or_default();
                let written = strings::unescaped(string).ok_or_else(|| {
                    syntax(
                        document,
                        token.start,
                        "This string has an escape sequence that is not a character.",
                    )
                })?;
                edits.replace(token.start..token.end, written);
            }
            Kind::Punctuator(b':') if braces == 0 && parentheses > 0 && is_variable(tokens, index) => {
                let kind = type_tokens(tokens.get(index + 1..).unwrap_or_default());
                if let [first, .., last] = kind {
                    end = last.end;
                    edits.blank(token.end..first.start);
                    edits.pack(kind);
                    length += kind.len();
                }
            }
            _ => {}
        }
        index += length;
    }
    edits.blank_if_ignored(end..document.len());
    Ok(edits.apply())
}

/// Whether a string outside of selection sets describes what follows it, and is no value.
fn is_description(document: &str, tokens: &[Token], index: usize, is_variable: bool) -> bool {
    let before = index.checked_sub(1).and_then(|before| tokens.get(before));
    if before.is_some_and(|before| matches!(before.kind, Kind::Punctuator(b'=' | b':' | b'['))) {
        return false;
    }
    let Some(next) = tokens.get(index + 1) else { return false };
    if is_variable {
        return next.kind == Kind::Punctuator(b'$');
    }
    let text = document.get(next.start..next.end).unwrap_or_default();
    next.kind == Kind::Name && matches!(text, "query" | "mutation" | "subscription" | "fragment")
}

/// Whether the colon at `index` comes after a variable, in its definition.
fn is_variable(tokens: &[Token], index: usize) -> bool {
    index >= 2
        && tokens.get(index - 1).is_some_and(|token| token.kind == Kind::Name)
        && tokens.get(index - 2).is_some_and(|token| token.kind == Kind::Punctuator(b'$'))
}

/// The tokens of a type, at the beginning of `tokens`.
fn type_tokens(tokens: &[Token]) -> &[Token] {
    let mut has_name = false;
    let length = tokens
        .iter()
        .take_while(|token| match token.kind {
            Kind::Punctuator(b'[') => !has_name,
            Kind::Name => !std::mem::replace(&mut has_name, true),
            Kind::Punctuator(b'!' | b']') => has_name,
            _ => false,
        })
        .count();
    tokens.get(..length).unwrap_or_default()
}

struct Edits<'a> {
    document: &'a str,
    /// In order, without overlaps.
    changed: Vec<(Range<usize>, String)>,
}

impl<'a> Edits<'a> {
    /// Puts `text` if `range` is, and fills up with blanks.
    fn replace(&mut self, range: Range<usize>, mut text: String) {
        let blanks = range.len().saturating_sub(text.len());
        text.extend(std::iter::repeat_n(' ', blanks));
        self.changed.push((range, text));
    }

    /// Puts blanks in place of everything but the ends of lines.
    fn blank(&mut self, range: Range<usize>) {
        let blanks = self.blanks(&range);
        self.changed.push((range, blanks));
    }

    /// As [`Edits::blank`], if no token is.
    fn blank_if_ignored(&mut self, range: Range<usize>) {
        if self.document.get(range.clone()).is_some_and(|text| text.contains(['#', '\u{feff}'])) {
            self.blank(range);
        }
    }

    /// Puts tokens next to each other, and what was between them behind.
    fn pack(&mut self, tokens: &[Token]) {
        let ([first, ..], [.., last]) = (tokens, tokens) else { return };
        let mut text = String::new();
        for token in tokens {
            text.push_str(self.document.get(token.start..token.end).unwrap_or_default());
        }
        for pair in tokens.windows(2) {
            if let [token, next] = pair {
                text.push_str(&self.blanks(&(token.end..next.start)));
            }
        }
        self.changed.push((first.start..last.end, text));
    }

    fn blanks(&self, range: &Range<usize>) -> String {
        let text = self.document.get(range.clone()).unwrap_or_default();
        let blank = |character| if matches!(character, '\n' | '\r') { character } else { ' ' };
        text.chars().map(blank).collect()
    }

    fn apply(self) -> Cow<'a, str> {
        if self.changed.is_empty() {
            return Cow::Borrowed(self.document);
        }
        let mut text = String::with_capacity(self.document.len());
        let mut at = 0;
        for (range, replacement) in self.changed {
            text.push_str(self.document.get(at..range.start).unwrap_or_default());
            text.push_str(&replacement);
            at = range.end;
        }
        text.push_str(self.document.get(at..).unwrap_or_default());
        Cow::Owned(text)
    }
}
