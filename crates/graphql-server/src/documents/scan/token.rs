//! Lexical tokens of a document. Specification, section 2.1.

use crate::documents::scan::{ScanError, strings, syntax};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Name,
    Number,
    /// Whether it is written with escapes that begin with `\u`.
    String {
        is_escaped: bool,
    },
    BlockString,
    /// One byte, or the first of `...`.
    Punctuator(u8),
}

/// A token and its position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether a comment or a byte-order mark stands between it and the token before.
    pub(crate) follows_ignored: bool,
}

/// The tokens of a document; the first mistake is the last that comes.
pub(crate) struct Tokens<'a> {
    document: &'a str,
    at: usize,
    follows_ignored: bool,
    is_over: bool,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(document: &'a str) -> Self {
        Self { document, at: 0, follows_ignored: false, is_over: false }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.document.as_bytes().get(at).copied()
    }

    /// The end of the bytes from `from` on that are `wanted`.
    fn end_of(&self, from: usize, wanted: impl Fn(u8) -> bool) -> usize {
        let rest = self.document.as_bytes().get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| wanted(**byte)).count()
    }

    fn skip_ignored(&mut self) {
        while let Some(byte) = self.byte(self.at) {
            match byte {
                b' ' | b'\t' | b',' | b'\n' | b'\r' => self.at += 1,
                b'#' => {
                    self.follows_ignored = true;
                    self.at = self.end_of(self.at, |byte| !matches!(byte, b'\n' | b'\r'));
                }
                0xEF if self.document.get(self.at..).is_some_and(|rest| rest.starts_with('\u{feff}')) => {
                    self.follows_ignored = true;
                    self.at += '\u{feff}'.len_utf8();
                }
                _ => return,
            }
        }
    }

    fn token(&self, byte: u8) -> Result<(Kind, usize), ScanError> {
        let at = self.at;
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => {
                Ok((Kind::Name, self.end_of(at, |byte| byte.is_ascii_alphanumeric() || byte == b'_')))
            }
            b'0'..=b'9' | b'-' => self.number().map(|end| (Kind::Number, end)),
            b'"' => strings::token(self.document, at),
            b'.' if self.document.as_bytes().get(at..at + 3) == Some(b"...") => {
                Ok((Kind::Punctuator(b'.'), at + 3))
            }
            b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{' | b'|' | b'}' => {
                Ok((Kind::Punctuator(byte), at + 1))
            }
            _ => Err(syntax(self.document, at, "This character cannot begin a token.")),
        }
    }

    /// The end of a number.
    fn number(&self) -> Result<usize, ScanError> {
        let wrong = || syntax(self.document, self.at, "This is not a valid number.");
        let digits = |from| self.end_of(from, |byte| byte.is_ascii_digit());
        let whole = self.at + usize::from(self.byte(self.at) == Some(b'-'));
        let mut end = digits(whole);
        if end == whole || (self.byte(whole) == Some(b'0') && end > whole + 1) {
            return Err(wrong());
        }
        if self.byte(end) == Some(b'.') {
            let fraction = end + 1;
            end = digits(fraction);
            if end == fraction {
                return Err(wrong());
            }
        }
        if matches!(self.byte(end), Some(b'e' | b'E')) {
            let exponent = end + 1 + usize::from(matches!(self.byte(end + 1), Some(b'+' | b'-')));
            end = digits(exponent);
            if end == exponent {
                return Err(wrong());
            }
        }
        match self.byte(end) {
            Some(b'.' | b'_' | b'a'..=b'z' | b'A'..=b'Z') => Err(wrong()),
            _ => Ok(end),
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Result<Token, ScanError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        self.follows_ignored = false;
        self.skip_ignored();
        let start = self.at;
        let token = self.token(self.byte(start)?).map(|(kind, end)| {
            self.at = end;
            Token { kind, start, end, follows_ignored: self.follows_ignored }
        });
        self.is_over = token.is_err();
        Some(token)
    }
}
