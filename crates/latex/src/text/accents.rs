//! A backslash before a sign: an accent over the next letter, a quotation mark that a program escaped, or the sign itself.

use unicode_normalization::UnicodeNormalization as _;

use super::Writer;
use super::groups::matching;
use crate::symbols;

/// Characters within which a quotation ends, for one to be taken for it.
const MAX_QUOTATION_CHARS: usize = 200;

impl Writer<'_> {
    /// A backslash before something that is no letter.
    pub(super) fn mark(&mut self) {
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
    pub(super) fn accented(&mut self, accent: char) -> bool {
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
