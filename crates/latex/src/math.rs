//! What a formula holds, as Unicode, or `None` where a part of it is not understood.
//!
//! Spaces mean nothing to TeX: relations (=, ≤, →) get one on either side, spaces around other operators stay as
//! the author wrote them, those that only end a command go. A script becomes raised or lowered characters where all
//! of it can, else it stays `^(…)`.

use unicode_normalization::UnicodeNormalization as _;

use super::symbols::{self, accent, double_struck, is_named_function, is_relation, lowered, raised};

/// How deeply groups and commands may be nested.
const MAX_DEPTH: usize = 12;

/// The formula as Unicode.
pub(super) fn convert(formula: &str) -> Option<String> {
    let mut reader = Reader { rest: formula, depth: 0 };
    let said = reader.sequence()?;
    reader.rest.is_empty().then(|| tidy(&said))
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Everything up to the end, or to the brace that closes the group.
    fn sequence(&mut self) -> Option<String> {
        let mut said = String::new();
        while let Some(c) = self.rest.chars().next() {
            match c {
                '}' => break,
                '^' | '_' => {
                    self.next();
                    let script = self.argument()?;
                    scripted(&mut said, c, &script);
                }
                '\'' => {
                    self.next();
                    said.push('′');
                }
                _ => {
                    let item = self.item()?;
                    let is_degree = item == "deg" && said.ends_with(|c: char| c.is_ascii_digit());
                    let is_upright = is_named_function(item.trim_end()) && c == '\\';
                    if is_upright && !is_degree && said.ends_with(|c: char| c.is_alphanumeric() || c == ')') {
                        said.push(' ');
                    }
                    said.push_str(if is_degree { "°" } else { &item });
                }
            }
        }
        Some(said)
    }

    /// One character, one command with its arguments, or one group.
    fn item(&mut self) -> Option<String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let said = self.one()?;
        self.depth -= 1;
        Some(said)
    }

    fn one(&mut self) -> Option<String> {
        match self.next()? {
            '{' => {
                let said = self.sequence()?;
                (self.next()? == '}').then_some(said)
            }
            '\\' => self.command(),
            '}' | '^' | '_' | '#' | '&' | '$' => None,
            '~' => Some(" ".to_owned()),
            '-' => Some("−".to_owned()),
            c => Some(c.to_string()),
        }
    }

    /// What a command or a script goes over.
    fn argument(&mut self) -> Option<String> {
        self.skip_space();
        self.item()
    }

    fn command(&mut self) -> Option<String> {
        let length = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        if length == 0 {
            return match self.next()? {
                ',' | ';' | ':' | '>' | '!' | '/' | '-' | '@' => Some(String::new()),
                ' ' | '\\' => Some(" ".to_owned()),
                c @ ('{' | '}' | '%' | '$' | '&' | '#' | '_') => Some(c.to_string()),
                '|' => Some("‖".to_owned()),
                _ => None,
            };
        }
        let name = &self.rest[..length];
        self.rest = &self.rest[length..];
        let ends_in_space = self.rest.starts_with(' ');
        if let Some(symbol) = symbols::math(name) {
            self.skip_space();
            // The space that ends a command stays where an operator or a big operator's body follows.
            let next = self.rest.chars().next();
            let is_big = symbols::is_big(symbol);
            let keeps = ends_in_space && (is_big || next.is_some_and(|c| "+-*/".contains(c)));
            return Some(if keeps { format!("{symbol} ") } else { symbol.to_owned() });
        }
        if is_named_function(name) {
            self.skip_space();
            let is_word_next = self.rest.starts_with(|c: char| c.is_alphanumeric() || c == '\\');
            return Some(if is_word_next { format!("{name} ") } else { name.to_owned() });
        }
        if let Some(mark) = accent(name) {
            let over = self.argument()?;
            let mut letters = over.chars();
            return match (letters.next(), letters.next()) {
                (Some(letter), None) => Some(format!("{letter}{mark}")),
                _ => Some(over),
            };
        }
        match name {
            "frac" | "tfrac" | "dfrac" => {
                let (above, below) = (self.argument()?, self.argument()?);
                Some(format!("{}/{}", bracketed(&above), bracketed(&below)))
            }
            "binom" | "tbinom" | "dbinom" => {
                let (above, below) = (self.argument()?, self.argument()?);
                Some(format!("({above} choose {below})"))
            }
            "pmod" => Some(format!(" (mod {})", self.argument()?.trim())),
            "not" => {
                let mut struck = [self.argument()?.trim(), "\u{338}"].concat().nfc().collect::<String>();
                struck.retain(|c| c != ' ');
                Some(struck)
            }
            "sqrt" => Some(format!("√{}", bracketed(&self.argument()?))),
            "mathbb" | "Bbb" | "mathds" | "mathbbm" => {
                Some(self.argument()?.chars().map(double_struck).collect())
            }
            "text" | "textrm" | "textit" | "textbf" | "textsc" | "texttt" | "textsf" | "textup"
            | "textsl" | "textnormal" | "emph" | "mbox" | "hbox" => Some(self.argument()?.replace('−', "-")),
            "mathrm" | "mathbf" | "mathit" | "mathsf" | "mathtt" | "mathcal" | "mathscr" | "mathfrak"
            | "boldsymbol" | "bm" | "pmb" | "operatorname" | "ensuremath" | "overline" | "underline"
            | "mathop" | "mathrel" | "mathbin" | "mathord" | "mathnormal" | "underbrace" | "overbrace"
            | "overrightarrow" | "mathring" => {
                self.rest = self.rest.strip_prefix('*').unwrap_or(self.rest);
                self.argument()
            }
            "phantom" | "hphantom" | "vphantom" | "label" => self.argument().map(|_| String::new()),
            "left" | "right" | "middle" | "biggl" | "biggr" | "Biggl" | "Biggr" | "bigm" | "big" | "Big"
            | "bigg" | "Bigg" | "bigl" | "bigr" | "Bigl" | "Bigr" => {
                // A dot stands for a bracket that is not drawn.
                self.skip_space();
                self.rest = self.rest.strip_prefix('.').unwrap_or(self.rest);
                Some(String::new())
            }
            "rm" | "bf" | "it" | "cal" | "sf" | "tt" | "em" | "sc" | "displaystyle" | "textstyle" | "mit"
            | "frak" | "boldmath" | "scriptscriptstyle" | "scriptstyle" | "limits" | "nolimits" => {
                self.skip_space();
                Some(String::new())
            }
            "quad" | "qquad" => Some(" ".to_owned()),
            "bmod" | "mod" => Some(" mod ".to_owned()),
            _ => None,
        }
    }
}

/// Puts a script behind what it belongs to.
fn scripted(said: &mut String, mark: char, script: &str) {
    let script = script.trim();
    let table = if mark == '^' { raised } else { lowered };
    said.truncate(said.trim_end().len());
    if script.is_empty() {
        return;
    }
    if mark == '^' && matches!(script, "∘" | "′" | "″" | "*" | "∗") {
        said.push_str(match script {
            "∘" => "°",
            "∗" => "*",
            other => other,
        });
        return;
    }
    // Some programs lose the backslash on the way: 360^{circ}.
    if mark == '^' && script == "circ" {
        said.push('°');
        return;
    }
    if mark == '^' && script.chars().all(|c| c == '′') {
        said.push_str(script);
        return;
    }
    let moved: Option<String> = script.chars().filter(|c| *c != ' ').map(table).collect();
    match moved {
        Some(moved) => said.push_str(&moved),
        None if script.chars().count() == 1 => said.extend([mark].into_iter().chain(script.chars())),
        None => said.extend([mark, '('].into_iter().chain(script.chars()).chain([')'])),
    }
}

/// In brackets, where more than one thing stands there.
fn bracketed(part: &str) -> String {
    let part = part.trim();
    let is_one = part.chars().all(|c| c.is_alphanumeric() || c == '.')
        && (part.chars().count() == 1 || part.chars().all(|c| c.is_ascii_digit() || c == '.'));
    if is_one { part.to_owned() } else { format!("({part})") }
}

/// One space on either side of a relation, one behind a comma, none doubled.
fn tidy(said: &str) -> String {
    let mut tidy = String::with_capacity(said.len() + 8);
    // Alone in its formula a relation belongs to the text around: $\sim$50.
    let is_alone = said.chars().nth(1).is_none();
    let mut letters = said.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            ' ' if tidy.ends_with(' ') || tidy.is_empty() => {}
            c if is_relation(c) && !is_alone => {
                if !tidy.ends_with([' ', '(']) && !tidy.is_empty() && !ends_in_relation(&tidy) {
                    tidy.push(' ');
                }
                tidy.push(c);
                let is_compound = letters.peek().is_some_and(|&next| is_relation(next));
                if !is_compound && !tidy.trim_end_matches(is_relation).is_empty() {
                    tidy.push(' ');
                }
            }
            ',' => {
                tidy.push(',');
                let is_number = letters.peek().is_some_and(char::is_ascii_digit)
                    && tidy.trim_end_matches(',').ends_with(|c: char| c.is_ascii_digit());
                if letters.peek().is_some() && !is_number {
                    tidy.push(' ');
                }
            }
            c => tidy.push(c),
        }
    }
    tidy.truncate(tidy.trim_end().len());
    tidy
}

fn ends_in_relation(text: &str) -> bool {
    text.ends_with(is_relation)
}
