//! The line of authors, split at what separates names.
//!
//! Affiliations stand in parentheses, behind the name that they are of, or numbered behind the last one; everything in
//! parentheses is left out, except for a nickname. Numbers of footnotes are left out as well.

use plain_text::one_line;

/// Bytes of a formula or a group that can be the mark of a footnote.
const MAX_MARK_BYTES: usize = 80;

/// Bytes of a nickname.
const MAX_NICKNAME_BYTES: usize = 20;

/// Words between two names.
const CONJUNCTIONS: [&str; 4] = ["and", "AND", "&", "\\&"];

/// What stands between two separators, each in its own string; some are empty.
pub(super) fn pieces(line: &str) -> Vec<String> {
    let line = one_line(line);
    inverted(&line).unwrap_or_else(|| Splitter::new(&line).split())
}

/// The names of `Doe, J.; Roe, R. M.`, if all of the line is of that form.
fn inverted(line: &str) -> Option<Vec<String>> {
    if !line.contains(';') || line.contains('(') {
        return None;
    }
    let parts = line.split(';').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (family, initials) = part.split_once(", ")?;
            let is_initial =
                |word: &str| word.ends_with('.') && word.chars().next().is_some_and(char::is_uppercase);
            let is_inverted = !family.ends_with('.') && initials.split(' ').all(is_initial);
            is_inverted.then(|| format!("{initials} {family}"))
        })
        .collect()
}

struct Splitter<'a> {
    rest: &'a str,
    /// Whether each parenthesis has its partner; if not, the first one that closes ends an affiliation.
    is_balanced: bool,
    piece: String,
    pieces: Vec<String>,
}

impl<'a> Splitter<'a> {
    fn new(line: &'a str) -> Self {
        Self { rest: line, is_balanced: is_balanced(line), piece: String::new(), pieces: Vec::new() }
    }

    fn split(mut self) -> Vec<String> {
        let mut is_word_start = true;
        while let Some(c) = self.rest.chars().next() {
            let word_start = std::mem::replace(&mut is_word_start, c == ' ');
            if word_start && let Some(rest) = strip_conjunction(self.rest) {
                self.rest = rest;
                self.end_piece();
                is_word_start = true;
                continue;
            }
            match c {
                ',' | ';' | ':' | '，' | '；' | '、' | ')' => {
                    self.skip(c.len_utf8());
                    self.end_piece();
                    is_word_start = true;
                }
                '(' => self.parenthesis(),
                '\\' => self.command(),
                '[' | '$' | '^' if self.mark() => {}
                c => {
                    self.piece.push(c);
                    self.skip(c.len_utf8());
                }
            }
        }
        self.end_piece();
        self.pieces
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn end_piece(&mut self) {
        self.pieces.push(std::mem::take(&mut self.piece));
    }

    /// Takes a backslash with the sign behind it, which can be the circumflex of an accent.
    fn command(&mut self) {
        let length = 1 + self.rest[1..].chars().next().map_or(0, char::len_utf8);
        self.piece.push_str(&self.rest[..length]);
        self.skip(length);
    }

    /// Leaves out what stands in parentheses, which also separates two names, unless it is a nickname.
    fn parenthesis(&mut self) {
        let end = self.closing();
        let inner = &self.rest[1..end];
        let after = self.rest.get(end + 1..).unwrap_or_default();
        if self.piece.ends_with(' ') && is_nickname(inner) && continues_name(after) {
            self.piece.push_str(&self.rest[..=end]);
            self.rest = after;
            return;
        }
        self.rest = after;
        self.end_piece();
    }

    /// The place of the parenthesis that closes the one at the beginning, or of the end.
    fn closing(&self) -> usize {
        let mut depth = 0_usize;
        for (at, byte) in self.rest.bytes().enumerate() {
            match byte {
                b'(' => depth += 1,
                b')' if depth == 1 || !self.is_balanced => return at,
                b')' => depth -= 1,
                _ => {}
            }
        }
        self.rest.len()
    }

    /// Leaves out the mark of a footnote: `$^{1,2}$`, `^{3}`, `^*`, `[4,5]`. Returns whether there was one.
    fn mark(&mut self) -> bool {
        let near = &self.rest[..self.rest.floor_char_boundary(MAX_MARK_BYTES)];
        let is_number = |c: char| c.is_ascii_digit() || ", *".contains(c);
        let end = match near.as_bytes() {
            [b'[', ..] => {
                near.find(']').filter(|&end| near[1..end].chars().all(is_number)).map(|end| end + 1)
            }
            [b'$', ..] => {
                let end = near[1..].find('$').map(|end| end + 1);
                let is_mark =
                    |inner: &str| inner.trim_start().starts_with('^') || inner.chars().all(is_number);
                end.filter(|&end| is_mark(&near[1..end])).map(|end| end + 1)
            }
            [b'^', b'{', ..] => near.find('}').map(|end| end + 1),
            [b'^', ..] => near[1..].chars().next().map(|c| 1 + c.len_utf8()),
            _ => None,
        };
        if let Some(end) = end {
            self.skip(end);
        }
        end.is_some()
    }
}

fn is_balanced(line: &str) -> bool {
    let mut depth = 0_i64;
    for byte in line.bytes() {
        depth += i64::from(byte == b'(') - i64::from(byte == b')');
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// The rest behind a word that separates names.
fn strip_conjunction(rest: &str) -> Option<&str> {
    CONJUNCTIONS.iter().find_map(|word| {
        let after = rest.strip_prefix(word)?;
        (after.is_empty() || after.starts_with(' ')).then_some(after)
    })
}

/// Whether a text is one word in the case of names.
fn is_nickname(inner: &str) -> bool {
    let mut letters = inner.chars();
    inner.len() <= MAX_NICKNAME_BYTES
        && letters.next().is_some_and(char::is_uppercase)
        && letters.clone().next().is_some()
        && letters.all(char::is_lowercase)
}

/// Whether a name goes on.
fn continues_name(after: &str) -> bool {
    after
        .strip_prefix(' ')
        .is_some_and(|next| next.starts_with(char::is_uppercase) && strip_conjunction(next).is_none())
}
