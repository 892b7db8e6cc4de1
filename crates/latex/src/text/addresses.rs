//! Addresses of the web in text: taken over as they are, but for the backslashes that LaTeX wants in them.

use super::Writer;

/// What a backslash stands before in an address.
const ESCAPED: &str = "_%&#~$-";

impl Writer<'_> {
    /// Takes an address over as it is, but for the backslashes that LaTeX wants in it.
    pub(super) fn address(&mut self) -> bool {
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
}

/// An address without the backslashes that LaTeX wants in it.
pub(super) fn unescaped(address: &str) -> String {
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
