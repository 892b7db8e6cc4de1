//! Groups: what stands between braces.

use super::Writer;

/// Bytes of a group.
const MAX_GROUP_BYTES: usize = 4_000;

/// How deeply braces may be nested within a group: of thousands that nothing closes none is followed far.
const MAX_BRACE_DEPTH: usize = 32;

impl<'a> Writer<'a> {
    /// Braces that keep capitals or hold a command go; others belong to the text.
    pub(super) fn group(&mut self) {
        let Some((inner, rest)) = matching(self.rest) else { return self.said.push('{') };
        let is_word = inner.chars().all(char::is_alphanumeric) && !self.said.ends_with(char::is_alphanumeric);
        let is_mark = inner.starts_with('\\') || is_word;
        let inner = self.inner(inner);
        self.rest = rest;
        let [before, after] = if is_mark { ["", ""] } else { ["{", "}"] };
        self.said.extend([before, inner.as_str(), after]);
    }

    /// The group that comes next, taken.
    pub(super) fn argument(&mut self) -> Option<&'a str> {
        let (inner, rest) = matching(self.rest.strip_prefix('{')?)?;
        self.rest = rest;
        Some(inner)
    }
}

/// What a group holds, and what follows it; the text begins behind its opening brace.
pub(super) fn matching(text: &str) -> Option<(&str, &str)> {
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
