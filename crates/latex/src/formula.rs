//! Where formulas stand in a text.
//!
//! What people write is hostile at times: thousands of marks of which none closes a formula. So the time is bounded by
//! the length of the text. A formula is no longer than [`MAX_FORMULA_BYTES`]; of the marks that could close one [`MAX_CLOSING_MARKS`] are
//! looked at; and where the next mark of a kind stands is remembered, and not looked for from every place before it.

/// Bytes of a formula; those of abstracts have some hundred.
const MAX_FORMULA_BYTES: usize = 2_000;

/// Marks that could close a formula and do not: dollars that are escaped or mean money.
const MAX_CLOSING_MARKS: usize = 8;

/// The marks that open a formula, and those that close it, the longer first.
const MARKS: [(&str, &str); 4] = [("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")];

/// Between these no mark closes a formula, and at the end one does, unless that is the end of the text.
#[derive(Clone, Copy)]
struct Searched {
    from: usize,
    found: usize,
}

/// The formulas of a text, in their order.
pub(super) struct Formulas<'a> {
    source: &'a str,
    /// Where what was not looked at begins.
    from: usize,
    /// For each of [`MARKS`] the last search for what closes it.
    searched: [Option<Searched>; MARKS.len()],
}

impl<'a> Formulas<'a> {
    /// The formulas of this text.
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, from: 0, searched: [None; MARKS.len()] }
    }

    /// What follows the formulas that were taken.
    pub(super) fn rest(&self) -> &'a str {
        &self.source[self.from..]
    }

    /// What stands before the next formula, and the formula without its marks.
    pub(super) fn next(&mut self) -> Option<(&'a str, &'a str)> {
        let mut skip = self.from;
        loop {
            let at = skip + self.source[skip..].find(['$', '\\'])?;
            let rest = &self.source[at..];
            let Some(mark) = MARKS.iter().position(|(open, _)| rest.starts_with(open)) else {
                // A command of the text, or a character that it escapes.
                skip = at + 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                continue;
            };
            let (open, close) = MARKS[mark];
            let begin = at + open.len();
            if let Some(end) = self.end(mark, begin) {
                let before = &self.source[self.from..at];
                self.from = end + close.len();
                return Some((before, &self.source[begin..end]));
            }
            skip = begin;
        }
    }

    /// Where the formula ends that begins here, by the mark that closes it.
    fn end(&mut self, mark: usize, begin: usize) -> Option<usize> {
        let (_, close) = MARKS[mark];
        let mut from = begin;
        for _ in 0..MAX_CLOSING_MARKS {
            let end = self.close(mark, from)?;
            if end - begin > MAX_FORMULA_BYTES {
                return None;
            }
            let (before, after) = (&self.source[begin..end], &self.source[end + close.len()..]);
            if closes(close, before, after) {
                return Some(end);
            }
            // What is no escape is money: the next sign does not close what this one would have.
            if close == "$" && !ends_in_escape(before) {
                return None;
            }
            from = end + close.len();
        }
        None
    }

    /// Where a mark closes next.
    fn close(&mut self, mark: usize, from: usize) -> Option<usize> {
        let known = self.searched[mark].filter(|known| (known.from..=known.found).contains(&from));
        let found = known.map_or_else(
            || self.source[from..].find(MARKS[mark].1).map_or(self.source.len(), |at| from + at),
            |known| known.found,
        );
        if known.is_none() {
            self.searched[mark] = Some(Searched { from, found });
        }
        (found < self.source.len()).then_some(found)
    }
}

/// Whether a mark between these closes the formula that is before it.
fn closes(close: &str, before: &str, after: &str) -> bool {
    if before.trim_start().is_empty() || (close.starts_with('$') && ends_in_escape(before)) {
        return false;
    }
    if close != "$" {
        return true;
    }
    let starts = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let is_apart = before.starts_with(char::is_whitespace) || before.ends_with(char::is_whitespace);
    if is_apart {
        // Authors set `$ \alpha $` as well: a command tells it from two prices.
        return before.contains('\\') && !starts(before);
    }
    !starts(after) || before.contains(['\\', '^', '_'])
}

/// Whether the text ends in a backslash that escapes what follows.
fn ends_in_escape(text: &str) -> bool {
    text.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1
}
