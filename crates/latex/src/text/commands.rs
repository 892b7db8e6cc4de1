//! Commands: letters, symbols, emphasis, links and notes; one that is not known stays as it was written.

use super::Writer;
use super::addresses::unescaped;
use super::groups::matching;
use crate::{math, symbols};

impl Writer<'_> {
    pub(super) fn command(&mut self) {
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
}
